"""The HTTP application."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import create_task_group, sleep, to_thread
from fastapi import FastAPI
from starlette.routing import BaseRoute

from bulletin import __version__
from models.pipeline import Pipeline
from models.registry import Registry
from service import problems
from service.access.protect import protect
from service.asking import Asking
from service.batching import Batches
from service.body_limit import BodyLimit
from service.context import Context
from service.digester import Digester, Loading
from service.head_limit import HeadLimit
from service.jobs.runner import Jobs
from service.keeping import Keeping
from service.metrics import Metrics
from service.patience import Patience
from service.queue import InferenceQueue
from service.reading import FileReader
from service.refusals import EVERYWHERE, describe_refusals, refusals
from service.routes import (
    archive,
    classifications,
    corrections,
    digests,
    health,
    jobs,
    metrics,
    models,
    page,
    renderings,
    themes,
    trainings,
)
from service.seeing import Seeing
from service.settings import Settings
from service.tracing import Tracing
from service.trainings.runner import Trainer, Trainings

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig

    from service.store.store import Store

OnLoaded = Callable[[Loading], None]

# FastAPI's own spans and logs hold addresses, queries and what exceptions say; ours (service/tracing.py) do not.
_NO_TELEMETRY: "TelemetryConfig" = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
# In the order of the documentation.
_RESOURCES = (
    digests,
    corrections,
    classifications,
    renderings,
    themes,
    models,
    trainings,
    jobs,
    archive,
    health,
    metrics,
    page,
)


def create_app(
    settings: Settings,
    digester: Digester | None = None,
    on_loaded: OnLoaded = lambda _: None,
    trainer: Trainer | None = None,
    tracing: Tracing | None = None,
    shared: Path | None = None,
) -> FastAPI:
    """The application, ready to serve `digester`, or else the bundle that `settings` names.

    The bundle is opened beside the running server, so that /healthz and /readyz answer at once; `on_loaded`
    is told when that ended, well or not. Then the store is opened, beside the server too. Without a bundle in
    `settings` it is the registry's current one, and the server changes over when another becomes current. `trainer`
    is what trains, by default `yuebao train`. Spans go to `tracing`, by default nowhere.

    With `shared`, a folder, it is one of several server processes that count together there. Such a one listens once
    `on_loaded` has been told.
    """
    loading = _loading(settings, digester)
    counts = Metrics(tracing, shared)
    app = FastAPI(
        title="yuebao 月报",
        version=__version__,
        description="读一期《教育信息化和网络安全工作月报》,把各地工作归入主题,起草每句都注明出处的摘要。",
        lifespan=_lifespan(
            settings, loading, on_loaded, trainer or Trainer(), counts, waits=shared is not None
        ),
        docs_url=None,
        redoc_url=None,
        # An address has one form. A redirect would be an answer that no operation describes.
        redirect_slashes=False,
        responses=refusals(*EVERYWHERE),
        telemetry=_NO_TELEMETRY,
    )
    describe_refusals(app)
    app.add_middleware(Patience, default_s=settings.request_timeout_s, most_s=settings.max_request_timeout_s)
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(HeadLimit, max_bytes=settings.max_head_bytes)
    protect(app, settings, shared)
    app.add_middleware(Seeing, metrics=counts, routes=[*app.routes, *_routes()])  # outermost
    problems.install(app)
    for resource in _RESOURCES:
        app.include_router(resource.router)
    return app


def _loading(settings: Settings, digester: Digester | None) -> Loading:
    if digester is not None:
        return Loading(lambda _: digester, lambda: "")
    if settings.bundle is not None:
        return Loading(lambda _: Pipeline.open(settings.bundle, threads=settings.threads), lambda: "")
    registry = Registry(settings.data)
    return Loading(
        lambda version: Pipeline.open(registry.serving(version), threads=settings.threads), registry.current
    )


def _routes() -> Iterator[BaseRoute]:
    for resource in _RESOURCES:
        yield from resource.router.routes


def _keeping(settings: Settings) -> Keeping:
    def open_store() -> "Store":
        # Its libraries take time and memory that the models' start does not wait for.
        from service.store.store import Store

        return Store.open(settings.data, settings.database)

    return Keeping(open_store, digests=settings.store_digests)


def _lifespan(
    settings: Settings,
    loading: Loading,
    on_loaded: OnLoaded,
    trainer: Trainer,
    counts: Metrics,
    *,
    waits: bool,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    keeping = _keeping(settings)
    runner = Trainings(keeping, settings.data, trainer)
    reader = FileReader(settings.read_limits, settings.read_timeout_s, settings.read_memory_bytes)

    async def load() -> None:
        await to_thread.run_sync(loading.load)
        on_loaded(loading)

    async def watch() -> None:
        if not waits:
            await load()
        while loading.failure is None:
            counts.bundle(loading.digester.info)
            await to_thread.run_sync(keeping.refresh)
            await to_thread.run_sync(runner.tick)
            await sleep(settings.watch_s)
            await to_thread.run_sync(loading.refresh)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        batches = Batches(settings.batch_wait_ms / 1000, counts)
        queue = InferenceQueue(settings.max_waiting, settings.max_waiting_chars, batches, counts)
        asking = Asking(settings.archived)
        long = Jobs(settings, loading, queue, keeping, counts)
        app.state.context = Context(settings, loading, queue, keeping, runner, asking, counts, reader, long)
        if waits:
            await load()
        async with create_task_group() as tasks:
            tasks.start_soon(watch)
            tasks.start_soon(batches.run)
            tasks.start_soon(long.run)
            yield
            tasks.cancel_scope.cancel()
        await to_thread.run_sync(long.close)
        await to_thread.run_sync(runner.stop)
        reader.close()
        keeping.close()
        await to_thread.run_sync(counts.tracing.close)

    return lifespan
