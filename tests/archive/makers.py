"""Makers that stand in for the pipeline, for tests of the engines: what they make tells what they were given."""

import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from service.archive.engines import Unit
from service.archive.parts import MadePart, packed

POISON = "poison"


@dataclass(frozen=True)
class OpenListing:
    """Opens a maker whose parts list their unit; POISON ends its process."""

    def __call__(self) -> "Listing":
        return Listing()


class Listing:
    def make(self, unit: Unit) -> MadePart:
        if POISON in unit:
            os._exit(1)
        return packed({"items": pa.table({"item": list(unit)})})


@dataclass(frozen=True)
class OpenOnce:
    """Opens a maker that ends the process of its first unit ever, as a machine that is lost does."""

    mark: Path

    def __call__(self) -> "Once":
        return Once(self.mark)


@dataclass(frozen=True)
class Once:
    mark: Path

    def make(self, unit: Unit) -> MadePart:
        if not self.mark.exists():
            self.mark.touch()
            os._exit(1)
        return packed({"items": pa.table({"item": list(unit)})})


@dataclass(frozen=True)
class OpenNothing:
    """Fails to open, as a bundle on a full machine does."""

    def __call__(self) -> "Listing":
        raise MemoryError("no room for the model")
