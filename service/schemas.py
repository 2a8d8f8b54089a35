"""What travels over HTTP, apart from the digest itself."""

from datetime import datetime
from typing import Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictInt,
    field_validator,
    model_validator,
)

from bulletin import forms
from bulletin.correction import Correction
from bulletin.digest import Classification, Digest
from bulletin.render_labels import all_items
from service import examples

MAX_ITEMS = 1000
MAX_ITEM_CHARS = 4000
MAX_AUTHOR_CHARS = 100
MAX_THEMES = 50
# What an INTEGER column of any database holds.
MAX_ID = 2**31 - 1


Part = Literal["bundle", "store", "trainings", "archive"]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DigestRequest(_Shape):
    """One bulletin as text."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"example": {"text": examples.BULLETIN, "abstract": True}},
    )

    text: str = Field(description="一期月报的全文")
    abstract: StrictBool = Field(True, description="是否起草摘要")


class DigestForm(_Shape):
    """The fields beside the file of a multipart upload."""

    abstract: bool = True


class DigestAnswer(Digest):
    """A digest with its id: the same bulletin, bundle and options always give the same id."""

    id: str


class RenderingRequest(Digest):
    """A digest to lay out, as `POST /v1/digests` gave it, edited or not."""

    model_config = ConfigDict(json_schema_extra={"example": examples.DIGEST})

    id: str | None = None

    @model_validator(mode="after")
    def _has_not_too_many_themes(self) -> Self:
        """A workbook has a column a theme, and a cell for each item in it."""
        themes = {theme for item in all_items(self) for theme in item.scores}
        if len(themes) > MAX_THEMES:
            raise ValueError(f"scores 里的主题合计最多 {MAX_THEMES} 个,这里有 {len(themes)} 个")
        return self


class CorrectionRequest(_Shape):
    """A correction of a stored digest: `item` with `themes`, or `sentence` with `text`."""

    model_config = ConfigDict(str_strip_whitespace=True, json_schema_extra={"example": examples.CORRECTION})

    digest: str = Field(min_length=1, max_length=64, description="POST /v1/digests 答复里的 id")
    item: str | None = Field(None, min_length=1, max_length=200, description="事项编号,如 北京.1")
    themes: tuple[str, ...] | None = Field(None, max_length=20, description="改成的主题编号;[] 表示都不是")
    sentence: StrictInt | None = Field(
        None, ge=0, le=MAX_ID, description="摘要的第几句:abstract.sentences 里的次序,从 0 数起"
    )
    text: str | None = Field(None, min_length=1, max_length=MAX_ITEM_CHARS, description="改成的句子")
    author: str = Field(min_length=1, max_length=MAX_AUTHOR_CHARS, description="谁改的")

    @field_validator("digest", "item", "text", "author")
    @classmethod
    def _storable(cls, value: str | None) -> str | None:
        """PostgreSQL holds no NUL."""
        if value is not None and "\0" in value:
            raise ValueError("不能有 NUL 字符")
        return value


class CorrectionsAnswer(_Shape):
    """A page of corrections, oldest first; the next page is asked for with `after` set to `next`, null at the end."""

    corrections: tuple[Correction, ...]
    next: int | None


class ItemRequest(_Shape):
    """One item to classify, with its context."""

    text: str = Field(min_length=1, max_length=MAX_ITEM_CHARS, description="事项文字")
    heading: str = Field("", max_length=MAX_ITEM_CHARS, description="省份或专题标题")
    previous: str = Field("", max_length=MAX_ITEM_CHARS, description="同一条目中的上一事项")


class ClassificationsRequest(_Shape):
    """Items to classify in one go."""

    model_config = ConfigDict(json_schema_extra={"example": {"items": examples.ITEMS}})

    items: list[ItemRequest] = Field(min_length=1, max_length=MAX_ITEMS)


class ClassificationsAnswer(_Shape):
    """One classification an item, in the order asked."""

    items: tuple[Classification, ...]
    bundle: str


class ThemeShape(_Shape):
    """One theme of the taxonomy."""

    id: str
    name: str
    guidance: str
    keywords: tuple[str, ...]


class ThemesAnswer(_Shape):
    """The taxonomy that the loaded bundle labels with."""

    version: str
    themes: tuple[ThemeShape, ...]


class ModelShape(_Shape):
    """A bundle: what it was made from, the probability from which a theme counts, and its figures."""

    version: str
    created: str
    base_model: str
    taxonomy: str
    thresholds: dict[str, float]
    metrics: dict[str, JsonValue]


class ModelsAnswer(_Shape):
    """The bundles that this server can answer with."""

    current: str
    models: tuple[ModelShape, ...]
    warning: str | None = None


class TrainingRequest(_Shape):
    """What to train: the classifier, the writer with its planner, or all; `fast` is the classifier's alone."""

    model_config = ConfigDict(json_schema_extra={"example": {"version": "2024-05"}})

    version: str = Field(pattern=forms.VERSION.pattern, description="新版本名:字母、数字、点、横线")
    part: Literal["classifier", "writer", "all"] = Field(
        "classifier", description="训练分类器、写作模型和规划,还是两样"
    )
    fast: StrictBool = Field(False, description="分类器几分钟训练完,准确率略低")

    @model_validator(mode="after")
    def _fast_is_of_the_classifier(self) -> Self:
        if self.fast and self.part == "writer":
            raise ValueError("fast 是分类器的;训练写作模型请去掉它")
        return self


class Training(_Shape):
    """A training. `reason` tells why it failed, and the mend."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    version: str
    part: Literal["classifier", "writer", "all"]
    fast: bool
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    reason: str | None
    created: datetime
    started: datetime | None
    finished: datetime | None


class TrainingProgress(_Shape):
    """Where a training stands: `step` of the `steps` of its `phase`."""

    phase: str
    step: int
    steps: int
    loss: float
    seconds_left: float


class TrainingAnswer(Training):
    """A training with its progress, null before there is any, and the last lines of its log."""

    progress: TrainingProgress | None
    log: tuple[str, ...]


class TrainingsAnswer(_Shape):
    """A page of trainings, oldest first; the next page is asked for with `after` set to `next`, null at the end."""

    trainings: tuple[Training, ...]
    next: int | None


class Job(_Shape):
    """Many files in one go. `done` of its `files` are answered, `refused` of these with a problem.

    `reason` tells why it failed, and the mend.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    abstract: bool
    files: int
    done: int
    refused: int
    reason: str | None
    created: datetime
    started: datetime | None
    finished: datetime | None


class JobsAnswer(_Shape):
    """A page of jobs, oldest first; the next page is asked for with `after` set to `next`, null at the end."""

    jobs: tuple[Job, ...]
    next: str | None


class Health(_Shape):
    """The process answers."""

    status: str
    version: str


class Reason(_Shape):
    """What is wrong with a part of the service: not ready, and nothing is answered; degraded, and the rest is."""

    part: Part
    state: Literal["not_ready", "degraded"]
    reason: str


class Readiness(_Shape):
    """The models are loaded. `warning` tells of a newer version that could not be, and of a store that fails.

    `reasons` has the same part by part, and is empty when all is well.
    """

    status: str
    bundle: str
    warning: str | None = None
    reasons: tuple[Reason, ...] = ()


class Problem(BaseModel):
    """An error, as RFC 9457 has it; `parts`, `errors` and `reasons` come with some types, `limit` and `given` with a
    limit.

    `request_id` names the request in the log.
    """

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    request_id: str
