"""Inference, one job at a time, with a bounded line of waiting jobs.

The engines use every core for one job, so running two at once only makes both late. Work runs in a worker
thread: the event loop stays free to answer.
"""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from service.errors import BusyError

Result = TypeVar("Result")


class InferenceQueue:
    """Runs jobs one after another, in the order they came; at most `max_waiting` wait.

    Made inside the event loop that uses it.
    """

    def __init__(self, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._present = 0
        self._limiter = CapacityLimiter(1)

    async def run(self, job: Callable[[], Result]) -> Result:
        """What `job` returns or raises. Raises BusyError at once when the line is full."""
        if self._present > self._max_waiting:
            raise BusyError(f"已有 {self._max_waiting} 个请求在排队:请稍后再试")
        self._present += 1
        try:
            return await to_thread.run_sync(job, limiter=self._limiter)
        finally:
            self._present -= 1
