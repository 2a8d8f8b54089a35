"""Who can wait lets requests by, but is not kept from coming on for ever."""

import anyio
import pytest

from bulletin.parse import parse
from models.pipeline import Pipeline
from models.types import ClassifyRequest
from service import examples
from service.batching import BATCH_CHARS, Batches, cost, portions
from service.metrics import Metrics
from service.queue import InferenceQueue
from tests.fakes import KeywordDigester

TEXT = examples.BULLETIN


@pytest.mark.parametrize(("give_way_s", "order"), [(3600.0, ["request", "job"]), (0.0, ["job", "request"])])
def test_a_request_in_hand_goes_first_unless_it_takes_for_ever(
    pipeline: Pipeline, give_way_s: float, order: list[str]
) -> None:
    expected = KeywordDigester(pipeline.info).digest(TEXT)
    begun: list[str] = []
    request = KeywordDigester(pipeline.info, before=lambda: begun.append("request"))
    aside = KeywordDigester(pipeline.info, before=lambda: begun.append("job"))

    async def main() -> None:
        batches, came = Batches(0, Metrics()), anyio.Event()
        queue = InferenceQueue(1, 1, batches, Metrics(), give_way_s)

        async def text() -> str:
            await came.wait()
            return TEXT

        async def job() -> None:
            digest = await queue.digest_aside(aside, TEXT, abstract=True)
            assert digest == expected

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(batches.run)
            async with anyio.create_task_group() as both:
                both.start_soon(lambda: queue.digest(request, text, abstract=True))
                await anyio.wait_all_tasks_blocked()
                assert queue.waiting == 1
                both.start_soon(job)
                # What does not give way has time to read its bulletin and to begin.
                for _ in range(10):
                    await anyio.to_thread.run_sync(parse, TEXT)
                assert queue.waiting == 1
                came.set()
            tasks.cancel_scope.cancel()

    anyio.run(main)
    assert begun[:2] == order


def test_a_portion_is_a_batch_and_a_long_item_one_of_its_own() -> None:
    lengths = (1000, 1000, 50, 5000, 9)
    asked = [(str(number), ClassifyRequest("字" * chars)) for number, chars in enumerate(lengths)]
    found = list(portions(asked))
    assert [[id for id, _ in own] for own in found] == [["0", "1"], ["2"], ["3"], ["4"]]
    assert sum(cost(one) for _, one in found[0]) <= BATCH_CHARS
    assert list(portions([])) == []
