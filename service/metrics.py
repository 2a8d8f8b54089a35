"""What the service counts, for Prometheus. Each application has its own counts, or shares them with others.

Every label has few values: addresses by their templates, themes by the taxonomy's ids.
"""

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from bulletin import __version__
from bulletin.digest import Classification, Digest, DigestItem
from models.bundle import BundleInfo
from service.tracing import Tracing

Stage = Literal["read", "wait", "classify", "draft", "store"]

UNKNOWN_ROUTE: Final = "unknown"
NO_THEME: Final = "other"
_METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_ITEMS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_CHARS: Final = (32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)


class Metrics:
    """Counts in a registry of their own. Every method may be called from any thread and is quick.

    With `shared`, the folder that the library keeps them in (service/workers.py names it), several processes count
    together: what any of them shows is the sum.
    """

    def __init__(self, tracing: Tracing | None = None, shared: Path | None = None) -> None:
        self.tracing = tracing or Tracing()
        self.registry = CollectorRegistry()
        self._shared = shared
        self._of_requests()
        self._of_inference()
        self._of_results()
        self._of_processes()

    def _of_processes(self) -> None:
        # The library's own kind for such facts, Info, is lost among several processes.
        version = Gauge(
            "yuebao_info", "程序的版本", ("version",), registry=self.registry, multiprocess_mode="livemax"
        )
        version.labels(__version__).set(1)
        self._bundle = Gauge(
            "yuebao_bundle_info",
            "值是 1 的是当前的模型包:版本和主题表的版本;换下的是 0",
            ("version", "taxonomy"),
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self._current: BundleInfo | None = None
        self._gauge("yuebao_workers", "服务进程数").set(1)
        if self._shared is None:
            ProcessCollector(registry=self.registry)

    def _of_requests(self) -> None:
        self._requests = Counter(
            "yuebao_requests",
            "答复过的请求;status 是 499 的没等到答复就断开了",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._request_s = Histogram(
            "yuebao_request_seconds",
            "一个请求从收到头到答复完用了几秒",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._in_flight = self._gauge("yuebao_requests_in_flight", "正在答复的请求")

    def _gauge(self, name: str, meaning: str) -> Gauge:
        """What there is of now, in all processes that live."""
        return Gauge(name, meaning, registry=self.registry, multiprocess_mode="livesum")

    def _of_inference(self) -> None:
        self._stage_s = Histogram(
            "yuebao_stage_seconds",
            "一步用了几秒:read 读文件和分条,wait 等归类和起草轮到自己,classify 归类(连同等),draft 起草摘要,store 保存",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._stages = {name: self._stage_s.labels(name) for name in get_args(Stage)}
        self._waiting = self._gauge("yuebao_queue_requests", "排队和正在处理的请求")
        self._chars = self._gauge("yuebao_queue_characters", "排队和正在处理的字数")
        self._batch_items = Histogram(
            "yuebao_batch_items", "一批归类的事项", buckets=_ITEMS, registry=self.registry
        )
        self._batch_chars = Histogram(
            "yuebao_batch_characters",
            "一批归类的字数,约等于词元数",
            buckets=_CHARS,
            registry=self.registry,
        )

    def _of_results(self) -> None:
        self._items = Counter("yuebao_items", "归类过的事项", registry=self.registry)
        self._review = Counter("yuebao_items_review", "归类过的事项中待核的", registry=self.registry)
        self._themes = Counter(
            "yuebao_items_themes",
            f"归入各主题的事项;一件可以不止一个,都不是的算 {NO_THEME}",
            ("theme",),
            registry=self.registry,
        )
        self._digests = Counter("yuebao_digests", "做好的分类结果", registry=self.registry)
        self._sentences = Counter(
            "yuebao_sentences",
            "摘要的句子:written 模型写的,extracted 原文截取的",
            ("origin",),
            registry=self.registry,
        )
        self._jobs = Counter(
            "yuebao_jobs",
            "结束了的任务:done 做完,failed 做不下去,cancelled 取消",
            ("state",),
            registry=self.registry,
        )
        self._job_files = Counter(
            "yuebao_job_files",
            "任务里答复过的文件:digested 做好,refused 读不了或不是月报",
            ("outcome",),
            registry=self.registry,
        )
        # They wait in the store: each process sees the same ones.
        self._jobs_queued = Gauge(
            "yuebao_jobs_queued",
            "排队的任务,没有开始的",
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )
        for origin in ("written", "extracted"):
            self._sentences.labels(origin)

    def arrived(self) -> None:
        """A request has come."""
        self._in_flight.inc()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request that came has been answered, or given up. `route` is the template of its address."""
        known = method if method in _METHODS else "other"
        self._in_flight.dec()
        self._requests.labels(known, route, str(status)).inc()
        self._request_s.labels(known, route).observe(seconds)

    @contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        """Time a stage of a request, well ended or not, and make a span of it."""
        began = perf_counter()
        try:
            with self.tracing.stage(name):
                yield
        finally:
            self._stages[name].observe(perf_counter() - began)

    def waited(self, seconds: float) -> None:
        """A request waited so long for its turn, where `stage` cannot hold it."""
        self._stages["wait"].observe(seconds)

    def queue(self, waiting: int, chars: int) -> None:
        """So many requests with so many characters are in the queue now."""
        self._waiting.set(waiting)
        self._chars.set(chars)

    def batch(self, items: int, chars: int) -> None:
        """A batch of so many items and characters goes to the classifier."""
        self._batch_items.observe(items)
        self._batch_chars.observe(chars)

    def digest(self, digest: Digest) -> None:
        """A digest is made."""
        self._digests.inc()
        self.classified(_items_of(digest))
        if digest.abstract is not None:
            for origin, count in Tally(one.origin for one in digest.abstract.sentences).items():
                self._sentences.labels(origin).inc(count)

    def classified(self, items: Iterable[DigestItem | Classification]) -> None:
        """Items are classified. Counted together first: a counter is touched once a call, not once an item."""
        given = list(items)
        themes = Tally(id for one in given for id in ([theme.id for theme in one.themes] or [NO_THEME]))
        self._items.inc(len(given))
        self._review.inc(sum(one.review for one in given))
        for id, count in themes.items():
            self._themes.labels(id).inc(count)

    def job(self, state: str) -> None:
        """A job has ended so."""
        self._jobs.labels(state).inc()

    def job_file(self, *, refused: bool) -> None:
        """A file of a job is answered."""
        self._job_files.labels("refused" if refused else "digested").inc()

    def jobs_queued(self, count: int) -> None:
        """So many jobs have not begun."""
        self._jobs_queued.set(count)

    def bundle(self, info: BundleInfo) -> None:
        """This bundle answers now."""
        if info == self._current:
            return
        if self._current is not None:
            self._bundle.labels(self._current.version, self._current.taxonomy).set(0)
        self._bundle.labels(info.version, info.taxonomy).set(1)
        self._current = info

    def exposition(self) -> bytes:
        """All of it in Prometheus's text format."""
        if self._shared is None:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together, str(self._shared))  # type: ignore[no-untyped-call]
        return generate_latest(together)


def _items_of(digest: Digest) -> Iterator[DigestItem]:
    for section in digest.sections:
        for topic in section.topics:
            yield from topic.items
    for entry in digest.entries:
        yield from entry.items
