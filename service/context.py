"""What a request handler needs from the application, as FastAPI dependencies."""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request

from service.asking import Asking
from service.digester import Digester, Loading
from service.errors import MediaTypeError
from service.jobs.runner import Jobs
from service.keeping import Keeping
from service.metrics import Metrics
from service.queue import InferenceQueue
from service.reading import FileReader
from service.settings import Settings
from service.store.records import Key
from service.trainings.runner import Trainings

# Under this name the guard leaves, in the state of a request, the key that it came with.
KEY: Final = "key"


@dataclass(frozen=True, slots=True)
class Context:
    """One application's settings, models, queue, store, trainings, archive, counts, reader of files and jobs."""

    settings: Settings
    loading: Loading
    queue: InferenceQueue
    keeping: Keeping
    trainings: Trainings
    asking: Asking
    metrics: Metrics
    reader: FileReader
    jobs: Jobs

    @property
    def digester(self) -> Digester:
        """The loaded models. Raises NotReadyError while they are not."""
        return self.loading.digester


def _context(request: Request) -> Context:
    context = request.app.state.context
    assert isinstance(context, Context)
    return context


def _key(request: Request) -> Key | None:
    key = getattr(request.state, KEY)
    assert key is None or isinstance(key, Key)
    return key


def media_type(request: Request) -> str:
    """The media type of the body, lower case, without parameters; empty when none is told."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _json_only(request: Request) -> None:
    given = media_type(request)
    if given != "application/json":
        raise MediaTypeError(f"内容类型是“{given or '未说明'}”:请用 application/json")


ContextDep = Annotated[Context, Depends(_context)]
# The key that a request came with; None where no key is needed.
KeyDep = Annotated[Key | None, Depends(_key)]
JsonOnly = Depends(_json_only)
