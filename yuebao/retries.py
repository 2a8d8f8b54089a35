"""When a request is repeated: waiting twice as long each time, by chance a part of it, and as long as it is told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    stop_any,
    stop_before_delay,
    stop_never,
    wait_fixed,
    wait_random_exponential,
)
from tenacity.stop import stop_base

from service.schemas import Job
from yuebao.errors import ApiError, BusyError, OutOfTimeError, UnavailableError, UnreachableError

Sleep = Callable[[float], None]
AsyncSleep = Callable[[float], Awaitable[None]]


class Repeat(Enum):
    """Which failures of a request it may be repeated after."""

    NEVER = auto()
    # Doing it twice would show: only where the service surely has not begun with it.
    UNBEGUN = auto()
    SAFE = auto()


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how soon: at most `attempts` in all, and before the n-th repetition a random part of
    `base_s` * 2 ** (n - 1), at most `most_s`, on top of what Retry-After asks for.
    """

    attempts: int = 5
    base_s: float = 0.5
    most_s: float = 8.0


ENDED: Final = ("done", "failed", "cancelled")


def repeating(repeat: Repeat, retries: Retries, timeout_s: float, sleep: Sleep) -> Retrying:
    """Calls again after what `repeat` allows, as long as waiting does not take it past `timeout_s`."""
    again, wait, stop = _policy(repeat, retries, timeout_s)
    return Retrying(sleep=sleep, retry=again, wait=wait, stop=stop, reraise=True)


def repeating_async(repeat: Repeat, retries: Retries, timeout_s: float, sleep: AsyncSleep) -> AsyncRetrying:
    """As `repeating`, to be awaited."""
    again, wait, stop = _policy(repeat, retries, timeout_s)
    return AsyncRetrying(sleep=sleep, retry=again, wait=wait, stop=stop, reraise=True)


def polling(poll_s: float, timeout_s: float | None, sleep: Sleep) -> Retrying:
    """Asks for a job every `poll_s` until it has ended. Raises OutOfTimeError after `timeout_s`."""
    return Retrying(
        sleep=sleep,
        retry=retry_if_result(_open),
        wait=wait_fixed(poll_s),
        stop=_patience(timeout_s),
        retry_error_callback=_late,
    )


def polling_async(poll_s: float, timeout_s: float | None, sleep: AsyncSleep) -> AsyncRetrying:
    """As `polling`, to be awaited."""
    return AsyncRetrying(
        sleep=sleep,
        retry=retry_if_result(_open),
        wait=wait_fixed(poll_s),
        stop=_patience(timeout_s),
        retry_error_callback=_late,
    )


def _policy(
    repeat: Repeat, retries: Retries, timeout_s: float
) -> tuple[retry_if_exception, Callable[[RetryCallState], float], stop_base]:
    backoff = wait_random_exponential(multiplier=retries.base_s, max=retries.most_s)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        told = error.retry_after_s if isinstance(error, ApiError) else None
        return (told or 0.0) + backoff(state)

    stop = stop_any(stop_after_attempt(retries.attempts), stop_before_delay(timeout_s))
    return retry_if_exception(lambda error: _worth_repeating(error, repeat)), wait, stop


def _worth_repeating(error: BaseException, repeat: Repeat) -> bool:
    unbegun = isinstance(error, BusyError) or (isinstance(error, UnreachableError) and not error.reached)
    if repeat is not Repeat.SAFE:
        return unbegun and repeat is Repeat.UNBEGUN
    lost = isinstance(error, UnreachableError) and not isinstance(error, OutOfTimeError)
    return unbegun or lost or isinstance(error, UnavailableError)


def _patience(timeout_s: float | None) -> stop_base:
    return stop_never if timeout_s is None else stop_after_delay(timeout_s)


def _open(job: Job) -> bool:
    return job.state not in ENDED


def _late(state: RetryCallState) -> Job:
    assert state.outcome is not None
    job: Job = state.outcome.result()
    message = f"任务 {job.id} 还没有做完({job.done}/{job.files}):请以后再 wait_job,任务照常进行"
    raise OutOfTimeError(message, reached=True)
