"""The shapes of /v1/jobs."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from service.schemas import DigestAnswer
from yuebao.errors import Said


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Job(_Shape):
    """Bulletins to be digested one after the other. `done` of the `files` are answered, `refused` of these unread."""

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


class JobLine(_Shape):
    """What became of one file: its digest, or the problem with it."""

    name: str
    digest: DigestAnswer | None
    problem: Said | None
