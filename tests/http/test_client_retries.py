"""What the client does when the service, or the way to it, fails: told by a script, and nobody waits."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from service import problems
from service.schemas import ThemesAnswer
from tests.clients import Waits, connected
from yuebao.client import (
    ApiError,
    AsyncClient,
    BadAnswerError,
    BusyError,
    Client,
    ConflictError,
    OutOfTimeError,
    Retries,
    UnavailableError,
    UnreachableError,
    Upload,
)

THEMES = ThemesAnswer(version="1", themes=())
CORRECTION = {
    "id": 1,
    "digest": "d",
    "item": "北京.1",
    "sentence": None,
    "before": [],
    "after": ["training"],
    "author": "张三",
    "bundle": "b",
    "created": "2024-01-01T00:00:00Z",
}
JOB = {
    "id": "0" * 32,
    "state": "queued",
    "abstract": True,
    "files": 2,
    "done": 0,
    "refused": 0,
    "reason": None,
    "created": "2024-01-01T00:00:00Z",
    "started": None,
    "finished": None,
}
FILES = [Upload("一月.txt", b"1"), Upload("二月.txt", b"2")]
REFUSED = httpx.ConnectError("refused")
BROKEN = httpx.ReadError("broken")

Step = httpx.Response | Exception


def well(body: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


def problem(status: int, slug: str, **headers: str) -> httpx.Response:
    body = {"type": f"urn:yuebao:problem:{slug}", "title": "题", "status": status, "detail": "因"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(
        status, content=json.dumps(body), headers={"content-type": problems.MEDIA_TYPE, **named}
    )


def busy() -> httpx.Response:
    return problem(429, "busy", retry_after="3")


def down() -> httpx.Response:
    return problem(503, "not-ready", retry_after="2")


@dataclass
class Script:
    """Answers with one step after the other, and keeps what it was asked."""

    steps: list[Step]
    asked: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


@dataclass
class Played:
    """A client that meets a script."""

    client: Any
    script: Script
    waits: list[float]


Play = Callable[..., Played]


@pytest.fixture(params=[Client, AsyncClient])
def play(request: pytest.FixtureRequest) -> Iterator[Play]:
    opened: list[AbstractContextManager[Any]] = []

    def start(*steps: Step, **options: Any) -> Played:
        script, waits = Script(list(steps)), Waits()
        one = connected(
            request.param, "http://x/", transport=httpx.MockTransport(script), waits=waits, **options
        )
        opened.append(one)
        return Played(one.__enter__(), script, waits.seconds)

    yield start
    for one in opened:
        one.__exit__(None, None, None)


def test_a_busy_service_is_asked_again_when_it_says(play: Play) -> None:
    played = play(busy(), down(), well(THEMES.model_dump()))
    assert played.client.themes() == THEMES
    first, second = played.waits
    assert 3 <= first <= 3.5
    assert 2 <= second <= 3


def test_lost_connections_are_made_again_with_longer_and_longer_patience(play: Play) -> None:
    played = play(REFUSED, BROKEN, REFUSED, well(THEMES.model_dump()))
    assert played.client.themes() == THEMES
    assert all(0 <= wait <= most for wait, most in zip(played.waits, [0.5, 1, 2], strict=True))


def test_the_last_error_is_told_when_it_is_enough(play: Play) -> None:
    played = play(busy(), busy(), busy(), retries=Retries(attempts=3))
    with pytest.raises(BusyError) as told:
        played.client.digest("x")
    assert told.value.retry_after_s == 3
    assert (len(played.script.asked), len(played.waits)) == (3, 2)


def test_nobody_waits_past_the_time_limit(play: Play) -> None:
    played = play(problem(429, "too-often", retry_after="61"), timeout_s=60)
    with pytest.raises(BusyError) as told:
        played.client.themes()
    assert (told.value.retry_after_s, played.waits) == (61, [])


def test_a_date_may_say_when_to_come_again(play: Play) -> None:
    long_ago = "Wed, 21 Oct 2015 07:28:00 GMT"
    played = play(problem(503, "not-ready", retry_after=long_ago), well(THEMES.model_dump()))
    assert played.client.themes() == THEMES
    assert 0 <= played.waits[0] <= 0.5


@pytest.mark.parametrize(("status", "slug"), [(422, "bad-request"), (500, "internal"), (408, "deadline")])
def test_what_would_only_be_refused_again_is_not_asked_again(play: Play, status: int, slug: str) -> None:
    played = play(problem(status, slug))
    with pytest.raises(ApiError):
        played.client.themes()
    assert played.waits == []


def test_an_answer_that_does_not_come_in_time_is_not_waited_for_again(play: Play) -> None:
    played = play(httpx.ReadTimeout("late"), timeout_s=5)
    with pytest.raises(OutOfTimeError) as told:
        played.client.themes()
    assert str(told.value) == "5 秒内没有等到答复:请稍后再试,或把 timeout_s 设得长些"
    assert played.waits == []


def test_the_service_is_told_how_long_is_waited_and_by_which_key(play: Play) -> None:
    played = play(well(THEMES.model_dump()), timeout_s=5, api_key="yb_1")
    played.client.themes()
    headers = played.script.asked[0].headers
    assert 0 < float(headers["X-Request-Timeout"]) <= 5
    assert headers["Authorization"] == "Bearer yb_1"


@pytest.mark.parametrize("first", [lambda: REFUSED, busy])
def test_a_correction_is_repeated_where_it_surely_was_not_kept(play: Play, first: Callable[[], Step]) -> None:
    played = play(first(), well(CORRECTION, 201))
    assert played.client.correct_item("d", "北京.1", ["training"], "张三").id == 1
    assert len(played.waits) == 1


@pytest.mark.parametrize("first", [lambda: BROKEN, down])
def test_a_correction_that_may_have_been_kept_is_not_repeated(play: Play, first: Callable[[], Step]) -> None:
    played = play(first())
    with pytest.raises((UnreachableError, UnavailableError)):
        played.client.correct_sentence("d", 0, "句。", "张三")
    assert played.waits == []


def test_not_ready_is_an_answer(play: Play) -> None:
    played = play(down())
    with pytest.raises(UnavailableError):
        played.client.ready()
    assert played.waits == []


def test_a_job_is_made_once_however_often_it_is_asked_for(play: Play) -> None:
    played = play(BROKEN, down(), well(JOB, 202), well(JOB, 202))
    assert played.client.create_job(FILES).id == JOB["id"]
    played.client.create_job(FILES)
    keys = [request.headers["Idempotency-Key"] for request in played.script.asked]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert played.script.asked[0].content.count(b'name="file"') == 2


def test_a_key_of_ones_own_is_sent(play: Play) -> None:
    played = play(well(JOB, 202))
    played.client.create_job(FILES, key="2024-11")
    assert played.script.asked[0].headers["Idempotency-Key"] == "2024-11"


def test_a_job_is_waited_for_until_it_has_ended(play: Play) -> None:
    running = JOB | {"state": "running", "done": 1}
    played = play(well(JOB), down(), well(running), well(JOB | {"state": "done", "done": 2}))
    assert played.client.wait_job(JOB["id"], poll_s=7).state == "done"
    assert [wait for wait in played.waits if wait == 7] == [7, 7]


def test_a_job_that_takes_too_long_goes_on_without_being_waited_for(play: Play) -> None:
    played = play(well(JOB | {"state": "running", "done": 1}))
    with pytest.raises(OutOfTimeError) as told:
        played.client.wait_job(JOB["id"], timeout_s=0)
    assert str(told.value) == (f"任务 {JOB['id']} 还没有做完(1/2):请以后再 wait_job,任务照常进行")


def test_jobs_are_listed_read_and_ended(play: Play) -> None:
    ended = JOB | {"state": "cancelled"}
    played = play(
        well({"jobs": [JOB], "next": "n"}), well(JOB), well(ended), httpx.Response(200, content=b"PK")
    )
    assert played.client.jobs(after="a", limit=1).next == "n"
    assert played.client.job("i").state == "queued"
    assert played.client.cancel_job("i").state == "cancelled"
    assert played.client.job_xlsx("i") == b"PK"
    assert [(one.method, str(one.url)) for one in played.script.asked] == [
        ("GET", "http://x/v1/jobs?after=a&limit=1"),
        ("GET", "http://x/v1/jobs/i"),
        ("DELETE", "http://x/v1/jobs/i"),
        ("GET", "http://x/v1/jobs/i/result?format=xlsx"),
    ]


def test_the_lines_of_a_job_come_one_by_one_whatever_their_texts_hold(play: Play) -> None:
    refused = {"type": "t", "title": "题\u2028\x85", "status": 422, "detail": "因"}
    lines = [{"name": f"{n}.txt", "digest": None, "problem": refused} for n in range(3)]
    body = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    played = play(down(), httpx.Response(200, content=body.encode()))
    found = list(played.client.job_lines("i"))
    assert [one.name for one in found] == ["0.txt", "1.txt", "2.txt"]
    assert found[0].problem.title == refused["title"]
    assert len(played.waits) == 1


def test_the_lines_of_a_job_that_has_not_ended_are_refused(play: Play) -> None:
    with pytest.raises(ConflictError):
        next(iter(play(problem(409, "job-open")).client.job_lines("i")))


def test_an_answer_of_something_else_is_told_as_that(play: Play) -> None:
    played = play(httpx.Response(200, text="<html>"), httpx.Response(302), httpx.Response(502, text="<html>"))
    with pytest.raises(BadAnswerError) as told:
        played.client.themes()
    assert str(told.value) == "答复不是预期的样子(ThemesAnswer):请确认服务的版本和地址"
    with pytest.raises(BadAnswerError) as told:
        played.client.themes()
    assert str(told.value) == "答复是 302 Found:请确认地址是 yuebao 服务的"
    with pytest.raises(ApiError) as refused:
        played.client.themes()
    assert str(refused.value) == "502 Bad Gateway:答复里没有说明原因:可能来自服务前面的代理"


def test_what_a_later_version_adds_is_passed_over(play: Play) -> None:
    assert play(well({**THEMES.model_dump(), "newer": 1})).client.themes() == THEMES
