"""What several clients ask of the classifier at once runs together; each gets its own answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import anyio
import numpy as np

from bulletin.digest import Classification
from models.types import ClassifyRequest
from service.batching import BATCH_CHARS, Batches, Found


@dataclass(eq=False)
class Engine:
    """Remembers its batches; cannot read an item that says 坏."""

    batches: list[list[str]] = field(default_factory=list)

    def classify(self, requests: Sequence[ClassifyRequest]) -> Found:
        texts = [request.text for request in requests]
        self.batches.append(texts)
        if any("坏" in text for text in texts):
            raise ValueError(f"{len(texts)} 件里有坏的")
        found = [Classification(text=text, themes=(), scores={}, review=False) for text in texts]
        return found, np.array([[len(text)] for text in texts], np.float32)


def items(*texts: str) -> list[ClassifyRequest]:
    return [ClassifyRequest(text) for text in texts]


def served(work: Callable[[Batches], Awaitable[None]]) -> None:
    """Run `work` beside the worker of its batches."""

    async def main() -> None:
        batches = Batches(0.01)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(batches.run)
            await anyio.wait_all_tasks_blocked()
            await work(batches)
            tasks.cancel_scope.cancel()

    anyio.run(main)


def asked_together(engine: Engine, *requests: Sequence[ClassifyRequest]) -> list[list[str] | str]:
    """The texts that each request got back, or what it was told."""
    told: list[list[str] | str] = ["" for _ in requests]

    async def one(batches: Batches, number: int) -> None:
        try:
            found, states = await batches.classify(engine.classify, requests[number])
            told[number] = [classified.text for classified in found]
            assert [row[0] for row in states] == [len(request.text) for request in requests[number]]
        except ValueError as error:
            told[number] = str(error)

    async def all_of_them(batches: Batches) -> None:
        async with anyio.create_task_group() as clients:
            for number in range(len(requests)):
                clients.start_soon(one, batches, number)

    served(all_of_them)
    return told


def test_requests_that_come_together_share_a_batch() -> None:
    engine = Engine()
    assert asked_together(engine, items("甲"), items("乙", "丙")) == [["甲"], ["乙", "丙"]]
    assert engine.batches == [["甲", "乙", "丙"]]


def test_a_batch_is_bounded_and_a_long_request_goes_through_several() -> None:
    engine = Engine()
    half = "长" * (BATCH_CHARS // 2 - 1)
    assert asked_together(engine, items(half, half, half), items("短")) == [[half, half, half], ["短"]]
    assert engine.batches == [[half, half], [half, "短"]]


def test_an_item_longer_than_a_batch_runs_alone() -> None:
    engine = Engine()
    longest = "长" * (2 * BATCH_CHARS)
    assert asked_together(engine, items(longest), items("短")) == [[longest], ["短"]]
    assert engine.batches == [[longest], ["短"]]


def test_one_bad_item_fails_alone() -> None:
    engine = Engine()
    told = asked_together(engine, items("甲"), items("坏"), items("乙", "丙"))
    assert told == [["甲"], "1 件里有坏的", ["乙", "丙"]]
    assert engine.batches == [["甲", "坏", "乙", "丙"], ["甲"], ["坏"], ["乙", "丙"]]


def test_a_request_whose_early_part_fails_runs_no_further() -> None:
    engine = Engine()
    half = "坏" * (BATCH_CHARS // 2 - 1)
    assert asked_together(engine, items(half, half, "尾")) == ["2 件里有坏的"]
    assert engine.batches == [[half, half]]


def test_items_of_different_bundles_never_share_a_batch() -> None:
    old, new = Engine(), Engine()

    async def work(batches: Batches) -> None:
        async with anyio.create_task_group() as clients:
            for engine in (old, new, old):
                clients.start_soon(batches.classify, engine.classify, items("甲"))

    served(work)
    assert (old.batches, new.batches) == ([["甲"], ["甲"]], [["甲"]])


def test_a_request_that_is_given_up_while_it_waits_never_runs() -> None:
    engine = Engine()

    async def work(batches: Batches) -> None:
        with anyio.move_on_after(0):
            await batches.classify(engine.classify, items("没人要了"))
        await batches.classify(engine.classify, items("甲"))

    served(work)
    assert engine.batches == [["甲"]]


def test_every_batch_is_told() -> None:
    told: list[tuple[int, int]] = []

    async def main() -> None:
        batches = Batches(0, lambda count, chars: told.append((count, chars)))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(batches.run)
            await batches.classify(Engine().classify, [ClassifyRequest("甲乙", "北京", "丙")])
            tasks.cancel_scope.cancel()

    anyio.run(main)
    assert told == [(1, 6)]


def test_nothing_asked_is_nothing_found() -> None:
    async def work(batches: Batches) -> None:
        found, _ = await batches.classify(lambda _: ([], np.zeros((0, 1), np.float32)), [])
        assert found == []

    served(work)
