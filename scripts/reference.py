"""Writes docs/reference.md: every setting, from `service.settings`, and every metric, from the registry.

Run it as `python -m scripts.reference` from the root of the repository; a test holds the page against it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Final, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from prometheus_client import Metric
from pydantic.fields import FieldInfo

from bulletin.digest import Digest
from models.bundle import BundleInfo
from service import examples
from service.metrics import Metrics
from service.settings import PREFIX, Settings

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "reference.md"

_INTRODUCTION: Final = """\
# 设置和指标

本页由 `python -m scripts.reference` 从程序里生成,请不要手改。
"""
_SETTINGS: Final = """\
## 设置

都是环境变量,都可以不设;写错名字或取值,启动时一次列全,`yuebao doctor` 也列。

| 变量 | 默认 | 取值 | 含义 |
|---|---|---|---|
"""
_METRICS: Final = """\
## 指标

`GET /metrics` 用 Prometheus 的文本格式给出,从服务启动算起。名称以 `_total` 结尾的只增不减;直方图另有 `_bucket`、
`_sum`、`_count`。标签的取值有限:`route` 是地址的模板(如 `/v1/digests/{id}`),没有的地址都算 `unknown`。
有几个服务进程(`YUEBAO_WORKERS`)时,问到哪一个都是各进程合计的,没有 `process_` 开头的几项。

| 名称 | 类型 | 标签 | 含义 |
|---|---|---|---|
"""
_LOGS: Final = """\
## 日志

写到标准错误,一条一行。`YUEBAO_LOG_FORMAT=json` 时每行一个 JSON 对象:`time`(UTC)、`level`、`logger`、`message`、
`request_id`(不属于哪个请求的是 null),出错时还有 `exc_info`。`YUEBAO_LOG_LEVEL=info` 时每个请求一行,`logger` 是
`yuebao.access`,另有 `method`、`route`(地址的模板)、`status`、`ms`、`bytes`(答复的字节数)。这一行不记地址里的参数,
也不记月报的文字。

请求的编号取自请求头 `X-Request-ID`(字母、数字、点、下划线、横线,最多 64 个),没有或不合要求就新编一个;答复头
`X-Request-ID` 和出错答复的 `request_id` 都是它。

## 追踪

`pip install 'yuebao[otel]'`,再照 OpenTelemetry 的规矩设 `OTEL_EXPORTER_OTLP_ENDPOINT` 等变量,每个请求和其中的各步
就以 OTLP/HTTP 发送出去;不设就什么都不做。
"""
_TYPES: Final = {"counter": "计数", "gauge": "当前值", "histogram": "直方图"}
_PROCESS: Final = {
    "process_virtual_memory_bytes": "进程的虚拟内存(字节)",
    "process_resident_memory_bytes": "进程占用的内存(字节)",
    "process_start_time_seconds": "进程启动的时间(Unix 秒)",
    "process_cpu_seconds": "进程用掉的 CPU 时间(秒)",
    "process_open_fds": "进程打开的文件数",
    "process_max_fds": "进程最多能打开的文件数",
}


def page() -> str:
    """The page as it should be."""
    settings = "".join(_setting(name, field) for name, field in Settings.model_fields.items())
    metrics = "".join(_metric(one) for one in counted().registry.collect())
    return "\n".join((_INTRODUCTION, _SETTINGS + settings, _METRICS + metrics, _LOGS))


def _setting(name: str, field: FieldInfo) -> str:
    told = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    default = "不设" if field.default is None else f"`{told}`"
    return f"| `{PREFIX}{name.upper()}` | {default} | {_values(field)} | {field.description} |\n"


def _values(field: FieldInfo) -> str:
    """What a setting may be."""
    kinds = [one for one in (get_args(field.annotation) or (field.annotation,)) if one is not NoneType]
    if get_origin(field.annotation) is Literal:
        return "、".join(f"`{one}`" for one in get_args(field.annotation))
    words = {int: "整数", float: "数", str: "文字", bool: "`true`、`false`", Path: "路径"}
    return ",".join([words[kinds[0]], *_bounds(field)])


def _bounds(field: FieldInfo) -> Iterator[str]:
    for rule in field.metadata:
        match rule:
            case Ge(ge=least):
                yield f"最小 {least}"
            case Gt(gt=below):
                yield f"大于 {below}"
            case Le(le=most):
                yield f"最大 {most}"
            case Lt(lt=above):
                yield f"小于 {above}"
            case MinLen():
                yield "不能为空"


def counted() -> Metrics:
    """Counts of something of every kind: a metric with labels tells them only once it has counted."""
    metrics = Metrics()
    metrics.arrived()
    metrics.request("GET", "/v1/themes", 200, 0.01)
    metrics.digest(Digest.model_validate(examples.DIGEST))
    metrics.bundle(BundleInfo("bundle", Path(), "", "", "taxonomy", {}, {}))
    return metrics


def _metric(metric: Metric) -> str:
    names = {name for one in metric.samples for name in one.labels} - {"le"}
    labels = "、".join(f"`{name}`" for name in sorted(names))
    ending = "_total" if metric.type == "counter" else ""
    meaning = _PROCESS.get(metric.name, metric.documentation)
    return f"| `{metric.name}{ending}` | {_TYPES[metric.type]} | {labels} | {meaning} |\n"


def main() -> int:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
