"""The shape of a line of a job's result."""

from pydantic import BaseModel, ConfigDict

from service.schemas import DigestAnswer
from yuebao.errors import Said


class JobLine(BaseModel):
    """What became of one file: its digest, or the problem with it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    digest: DigestAnswer | None
    problem: Said | None
