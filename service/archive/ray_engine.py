"""The engine for a cluster: parts are made by a pool of Ray Data's actors, and written here.

`RAY_ADDRESS` names a cluster to join; without it Ray runs on this machine alone, on loopback. Tokens are asked for
either way: whoever imports this calls `settings.prepare_ray` first. Actors read the source files themselves: they have
to reach them by the same paths.
"""

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import ray
from ray.data import ActorPoolStrategy, DataContext
from ray.exceptions import RayError
from ray.util.annotations import RayDeprecationWarning

from service.archive.engines import Done, LocalEngine, Maker, Unit
from service.archive.parts import MadePart
from service.errors import ArchiveError

# An actor that ends is started again, and its unit tried again, so often; then the unit is made here.
_TRIES: Final = 2
# Parts on their way to be written: some hundred kilobytes each.
_OBJECT_STORE_BYTES: Final = 512 << 20
_ROWS: Final = "rows"
_INDEX: Final = "index"


@dataclass(frozen=True, slots=True)
class RayEngine:
    """A pool of `workers` actors of Ray Data."""

    workers: int

    def run(
        self, open_maker: Callable[[], Maker], units: Sequence[Unit], stopping: Callable[[], bool]
    ) -> Iterator[Done]:
        """See `Engine`. A unit that the cluster did not give back is made on this machine."""
        if not units:
            return
        _start(self.workers)
        try:
            lost = set(range(len(units)))
            for index, made in self._parts(open_maker, units):
                lost.discard(index)
                yield units[index], made
                if stopping():
                    return
        except RayError as error:
            raise ArchiveError(f"Ray 出错,停下了({error});做完的都在,再运行同一条命令就接着做") from error
        finally:
            ray.shutdown()
        yield from LocalEngine(1).run(open_maker, [units[index] for index in sorted(lost)], stopping)

    def _parts(
        self, open_maker: Callable[[], Maker], units: Sequence[Unit]
    ) -> Iterator[tuple[int, MadePart]]:
        """The parts with the indices of their units, as they are done."""
        for row in self._dataset(open_maker, units).iter_rows():
            rows = json.loads(row[_ROWS])
            yield int(row[_INDEX]), MadePart({name: row[name] for name in rows}, rows)

    def _dataset(self, open_maker: Callable[[], Maker], units: Sequence[Unit]) -> ray.data.Dataset:
        # Items that are there already, not a range: to make those, tasks would wait for what the actors hold.
        indices = ray.data.from_items([*range(len(units))], override_num_blocks=len(units))
        with warnings.catch_warnings():
            # There is no other way yet to say how often an actor may be started again.
            warnings.simplefilter("ignore", RayDeprecationWarning)
            return indices.map_batches(
                _Actor,
                batch_size=1,
                batch_format="numpy",
                compute=ActorPoolStrategy(size=self.workers),
                fn_constructor_args=(open_maker, ray.put(list(units))),
                ray_remote_args_fn=_actor_options,
            )


class _Actor:
    """A maker in an actor."""

    def __init__(self, open_maker: Callable[[], Maker], units: Any) -> None:
        self._units: Sequence[Unit] = ray.get(units)
        self._maker = open_maker()

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        (index,) = batch["item"]
        made = self._maker.make(self._units[index])
        tables = {name: np.array([content], object) for name, content in made.tables.items()}
        return {_INDEX: np.array([index]), _ROWS: np.array([json.dumps(dict(made.rows))]), **tables}


def _actor_options() -> dict[str, int]:
    return {"max_restarts": _TRIES, "max_task_retries": _TRIES}


def _start(workers: int) -> None:
    """Join the cluster of RAY_ADDRESS, or start one here."""
    ray.init(
        num_cpus=workers,
        object_store_memory=_OBJECT_STORE_BYTES,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
    )
    # A part that cannot be made must not end the run of the others; it is seen to afterwards.
    DataContext.get_current().max_errored_blocks = -1
