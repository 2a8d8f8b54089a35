"""The service's settings: the only reader of the environment.

Every field may be set as YUEBAO_<FIELD>. A YUEBAO_ variable that is no field is refused, and every problem
is told at once.
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bulletin import forms, mistakes
from bulletin.limits import ReadLimits
from service.errors import SettingsError

PREFIX = "YUEBAO_"
# What a client may ask at most, by the setting or by its key.
MOST_PER_MINUTE = 1_000_000
# Options of `yuebao mcp`, no settings of the service.
_OF_CLIENTS = ("YUEBAO_URL", "YUEBAO_API_KEY")
_RAY = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_DATA_LOG_LEVEL": "ERROR",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}
# Under this name Ray keeps the question whether other machines may join: if not, it listens on loopback.
_RAY_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}

_OTEL_TARGETS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER")


class Settings(BaseModel):
    """How the server runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="监听地址")
    port: int = Field(8000, ge=0, le=65535, description="监听端口;0 表示任选空闲端口")
    home: Path = Field(
        Path("~/.local/share/yuebao"), description="数据文件夹:导入的标注、各版本的模型、数据库"
    )
    bundle: Path | None = Field(None, description="模型包文件夹;不设则用当前版本,没有则用内置模型")
    archive: Path | None = Field(None, description="档案文件夹;不设则用数据文件夹里的 archive")
    threads: int = Field(2, ge=1, le=256, description="推理线程数")
    workers: int = Field(
        1, ge=1, le=256, description="服务进程数;每个进程各有一份模型和 YUEBAO_THREADS 个推理线程"
    )
    max_body_bytes: int = Field(8 * 1024 * 1024, ge=1024, description="请求体上限(字节)")
    max_text_chars: int = Field(200_000, ge=100, description="一期月报的字数上限")
    database: str | None = Field(
        None, min_length=1, description="数据库的 SQLAlchemy 地址;不设则用数据文件夹里的 yuebao.db"
    )
    store_digests: bool = Field(True, description="是否保存分类结果,供修改时引用")
    watch_s: float = Field(2.0, gt=0, le=3600, description="每隔几秒看一次当前版本换了没有")
    max_waiting: int = Field(64, ge=1, description="排队请求上限,超出即答 429")
    max_waiting_chars: int = Field(
        45_000, ge=1, description="正在处理和排队的字数上限,起草摘要的一期按三倍计,超出即答 429"
    )
    request_timeout_s: float = Field(
        60.0, gt=0, le=3600, description="一个请求最多做几秒,请求头 X-Request-Timeout 可以改短或改长"
    )
    max_request_timeout_s: float = Field(600.0, gt=0, le=86400, description="X-Request-Timeout 的上限(秒)")
    batch_wait_ms: float = Field(3.0, ge=0, le=1000, description="一批未满时最多等几毫秒")
    log_level: Literal["critical", "error", "warning", "info", "debug"] = Field(
        "warning", description="日志级别"
    )
    require_keys: bool | None = Field(
        None, description="是否要密钥;不设则发过密钥以后就要,监听本机以外的地址也要"
    )
    trust_network: bool = Field(False, description="网络可信:监听本机以外的地址也可以不要密钥")
    rate_per_minute: int = Field(
        0,
        ge=0,
        le=MOST_PER_MINUTE,
        description="每把密钥(不用密钥时每个地址)每分钟最多几个请求,没有另外给密钥定的才算;0 表示不限",
    )
    cors_origins: str | None = Field(
        None,
        pattern=forms.ORIGINS.pattern,
        description="哪些别的网站的网页可以请求,如 https://a.gov.cn,逗号隔开;不设则都不可以",
    )
    allowed_hosts: str | None = Field(
        None,
        pattern=forms.HOSTS.pattern,
        description="除本机外服务器叫什么名称(Host),逗号隔开;不设则监听本机时只认本机",
    )
    behind_tls: bool = Field(False, description="前面是 HTTPS:让浏览器以后只走 HTTPS")
    log_format: Literal["text", "json"] = Field(
        "text", description="日志的格式:一行文字,或一行 JSON;级别是 info 时每个请求一行"
    )
    body_timeout_s: float = Field(30.0, gt=0, le=3600, description="一个请求体最多收几秒,超出即答 408")
    max_held_bytes: int = Field(
        64 * 1024 * 1024, ge=1024, description="同时收着的请求体合计上限(字节),超出即答 429"
    )
    max_json_values: int = Field(50_000, ge=100, description="一个 JSON 请求体最多有几个值")
    max_head_bytes: int = Field(16 * 1024, ge=1024, description="请求行和请求头合计上限(字节),超出即答 431")
    head_timeout_s: float = Field(10.0, gt=0, le=3600, description="请求头最多收几秒,超出即答 408 并断开")
    max_connections: int = Field(256, ge=1, description="同时的连接数上限,超出即答 429;到两倍就直接断开")
    max_file_bytes: int = Field(8 * 1024 * 1024, ge=1024, description="一个上传文件的上限(字节)")
    max_unpacked_bytes: int = Field(
        16 * 1024 * 1024, ge=1024, description="docx 的正文、PDF 的各页解压后的上限(字节)"
    )
    max_pdf_pages: int = Field(300, ge=1, description="PDF 的页数上限")
    read_timeout_s: float = Field(10.0, gt=0, le=600, description="读一个上传的文件最多几秒,超出即放弃")
    read_memory_bytes: int = Field(
        1024 * 1024 * 1024,
        ge=256 * 1024 * 1024,
        description="读上传文件的进程最多用多少内存(字节,按地址空间计)",
    )
    max_job_bytes: int = Field(64 * 1024 * 1024, ge=1024, description="一个任务上传的内容合计上限(字节)")
    max_job_files: int = Field(500, ge=1, le=10_000, description="一个任务的文件数上限,压缩包里的逐个计")
    max_open_jobs: int = Field(
        10, ge=1, description="每把密钥(不用密钥时合计)最多几个没结束的任务,超出即答 429"
    )
    job_keep_days: int = Field(30, ge=1, le=36_500, description="结束了的任务和它的结果留几天")

    @property
    def data(self) -> Path:
        """`home` with ~ resolved."""
        return self.home.expanduser()

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of `cors_origins`."""
        return tuple(self.cors_origins.split(",")) if self.cors_origins else ()

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of `allowed_hosts`, as hosts are compared."""
        return tuple(self.allowed_hosts.lower().split(",")) if self.allowed_hosts else ()

    @property
    def read_limits(self) -> ReadLimits:
        """The limits of reading one uploaded file."""
        return ReadLimits(unpacked_bytes=self.max_unpacked_bytes, pages=self.max_pdf_pages)

    @property
    def archived(self) -> Path:
        """Where the archive lies: `archive` with ~ resolved, or else a folder in `data`."""
        return self.archive.expanduser() if self.archive else self.data / "archive"


def load(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """The settings of `environ` (None: this process's), with `overrides` that are not None on top.

    Raises SettingsError with every unknown name and every bad value. An override is told of as the option of its name.
    """
    variables = os.environ if environ is None else environ
    given: dict[str, object] = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in variables.items()
        if name.startswith(PREFIX) and name == name.upper() and name not in _OF_CLIENTS
    }
    odd_case = [name for name in variables if name.upper().startswith(PREFIX) and name != name.upper()]
    options = {name: value for name, value in overrides.items() if value is not None}
    given |= options
    problems = [*_unknown(given), *(f"{name}:请全部用大写" for name in sorted(odd_case))]
    known = {name: value for name, value in given.items() if name in Settings.model_fields}
    try:
        settings = Settings.model_validate(known)
    except ValidationError as error:
        problems += [
            f"{_said(str(detail['loc'][0]), detail['input'], options)}:{mistakes.told(detail)}"
            for detail in error.errors()
        ]
    if problems:
        raise SettingsError("设置有误:\n" + "\n".join(f"  {problem}" for problem in problems))
    return settings


def child_environment(home: Path) -> dict[str, str]:
    """This process's environment, for a `yuebao` of its own that works on the data folder `home`."""
    return {**os.environ, f"{PREFIX}HOME": str(home)}


def speak_chinese() -> None:
    """Let gettext look for Chinese in this process and in those that it starts; it asks the environment each time."""
    os.environ["LANGUAGE"] = "zh_CN"


def prepare_ray() -> None:
    """Let a Ray that this process starts or joins ask for a token, tell nobody of its use and log only what went wrong.

    Where RAY_ADDRESS names no cluster it listens on loopback alone. To be called before Ray is imported, for it reads
    its environment then. What the user has set stays.
    """
    wanted = _RAY if "RAY_ADDRESS" in os.environ else _RAY | _RAY_ALONE
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def share_metrics(folder: Path) -> None:
    """Let the server processes that this process starts keep their metrics in `folder`.

    To be called before they start: the library reads its environment when it is imported.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def tracing_wanted(environ: Mapping[str, str] | None = None) -> bool:
    """Whether OpenTelemetry's own variables (None: this process's) name somewhere to send spans to.

    Spans go out under the name yuebao unless the user has set another.
    """
    variables = os.environ if environ is None else environ
    off = variables.get("OTEL_SDK_DISABLED", "").lower() == "true" or (
        variables.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp"
    )
    wanted = not off and any(variables.get(name) for name in _OTEL_TARGETS)
    if wanted and environ is None:
        os.environ.setdefault("OTEL_SERVICE_NAME", "yuebao")
    return wanted


def _unknown(given: Mapping[str, object]) -> list[str]:
    return [
        f"{PREFIX}{name.upper()}:没有这个设置{_nearest(name)};全部设置见 docs/reference.md"
        for name in sorted(given.keys() - Settings.model_fields.keys())
    ]


def _nearest(name: str) -> str:
    # Without the prefix: it would make every name alike.
    near = difflib.get_close_matches(name, Settings.model_fields)
    return ":是不是 " + "、".join(PREFIX + one.upper() for one in near) if near else ""


def _said(name: str, given: object, options: Mapping[str, object]) -> str:
    """A setting with its value, as it was given: by an option of the command line or by the environment."""
    return f"--{name} {given}" if name in options else f"{PREFIX}{name.upper()}={given}"
