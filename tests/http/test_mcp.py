"""`yuebao mcp` in a process of its own, over stdin and stdout, against a real server."""

import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx
import pytest

pytest.importorskip("duckdb")

from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, Tool

from service import examples
from service.store.records import Scope
from tests.behaviour.test_cli import TIMEOUT_S, environment
from tests.conftest import ROOT
from tests.http.trainings import Serve
from tests.keys import made

T = TypeVar("T")

RUN = "from service.cli import main; main()"
NOBODY = "http://127.0.0.1:9"


def talk(url: str, say: Callable[[Client], Awaitable[T]], key: str | None = None, mode: str = "auto") -> T:
    """What `say` makes of a session with a `yuebao mcp` for the service at `url`."""
    named = {"PYTHONPATH": str(ROOT), "YUEBAO_URL": url} | ({"YUEBAO_API_KEY": key} if key else {})
    command = StdioServerParameters(command=sys.executable, args=["-X", "utf8", "-c", RUN, "mcp"], env=named)

    async def session() -> T:
        async with Client(command, mode=mode) as client:  # type: ignore[arg-type]
            return await say(client)

    return anyio.run(session)


async def tools_of(client: Client) -> dict[str, Tool]:
    return {tool.name: tool for tool in (await client.list_tools()).tools}


async def refused(client: Client, name: str, **arguments: object) -> str:
    answer = await client.call_tool(name, arguments)
    assert answer.is_error
    (told,) = answer.content
    assert "Traceback" not in told.text  # type: ignore[union-attr]
    return told.text  # type: ignore[union-attr, no-any-return]


def test_every_tool_says_what_it_takes_gives_and_does(client: httpx.Client) -> None:
    async def listed(session: Client) -> tuple[str, dict[str, Tool]]:
        return session.protocol_version, await tools_of(session)

    version, tools = talk(str(client.base_url), listed)
    assert version == "2026-07-28"
    hints = {
        name: (tool.annotations.read_only_hint, tool.annotations.idempotent_hint)
        for name, tool in tools.items()
        if tool.annotations and tool.annotations.destructive_hint is False
    }
    reads, keeps, adds = (True, True), (False, True), (False, False)
    assert hints == {
        "digest_bulletin": keeps,
        "read_digest": reads,
        "classify_items": reads,
        "search_archive": reads,
        "correct_item": adds,
        "correct_sentence": adds,
        "list_themes": reads,
    }
    for tool in tools.values():
        assert tool.description
        assert tool.description > "一"
        assert tool.output_schema
        assert tool.input_schema["additionalProperties"] is False
        told = [one.get("description", "") for one in tool.input_schema["properties"].values()]
        assert all(max(words) >= "一" for words in told)
        # Nothing is fetched, and no path comes in.
        assert not {"url", "uri", "path", "file"} & tool.input_schema["properties"].keys()


def test_each_tool_answers_as_the_service_does_and_to_its_schema(client: httpx.Client) -> None:
    async def said(session: Client) -> dict[str, Any]:
        tools = await tools_of(session)

        async def call(name: str, **arguments: object) -> Any:
            answer = await session.call_tool(name, arguments)
            assert isinstance(answer, CallToolResult)
            assert not answer.is_error, answer.content
            Draft202012Validator(tools[name].output_schema).validate(answer.structured_content)
            assert json.loads(answer.content[0].text) == answer.structured_content  # type: ignore[union-attr]
            return answer.structured_content

        digest = await call("digest_bulletin", text=examples.BULLETIN)
        item = digest["provinces"][0]["items"][0]["id"]
        named = {"digest": digest["id"], "author": "张三"}
        return {
            "brief": digest,
            "whole": await call("read_digest", digest=digest["id"]),
            "classified": await call("classify_items", items=examples.ITEMS),
            "found": await call(
                "search_archive", q="网络安全", province="北京", first_month="2019-01", limit=2
            ),
            "themes": await call("list_themes"),
            "item": await call("correct_item", item=item, themes=[], **named),
            "sentence": await call("correct_sentence", sentence=0, text="改好的一句。", **named),
        }

    told = talk(str(client.base_url), said)
    assert told["whole"] == client.get(f"/v1/digests/{told['brief']['id']}").json()
    assert told["classified"] == client.post("/v1/classifications", json={"items": examples.ITEMS}).json()
    query = {"q": "网络安全", "province": "北京", "from": "2019-01", "limit": 2}
    assert told["found"] == client.get("/v1/archive/search", params=query).json()
    assert told["found"]["items"]
    assert told["themes"] == client.get("/v1/themes").json()
    kept = [client.get(f"/v1/corrections/{told[name]['id']}").json() for name in ("item", "sentence")]
    assert kept == [told["item"], told["sentence"]]


def test_the_short_digest_has_every_item_and_says_what_it_leaves_out(
    client: httpx.Client, real_month: str
) -> None:
    async def digested(session: Client) -> Any:
        return (await session.call_tool("digest_bulletin", {"text": real_month})).structured_content

    brief = talk(str(client.base_url), digested)
    raw = client.get(f"/v1/digests/{brief['id']}")
    whole = raw.json()
    topics = [topic for section in whole["sections"] for topic in section["topics"]]
    for short, long in [(brief["national"], topics), (brief["provinces"], whole["entries"])]:
        assert [
            (item["id"], item["text"], item["themes"], item["review"])
            for one in short
            for item in one["items"]
        ] == [
            (item["id"], item["text"], [theme["id"] for theme in item["themes"]], item["review"])
            for one in long
            for item in one["items"]
        ]
    assert [(one["text"], one["sources"]) for one in brief["abstract"]] == [
        (one["text"], one["sources"]) for one in whole["abstract"]["sentences"]
    ]
    assert brief["left_out"].endswith("要看请用 read_digest。")
    assert len(json.dumps(brief, ensure_ascii=False)) < len(raw.text) / 2


def test_what_is_refused_is_told_to_the_model_in_the_services_words(client: httpx.Client) -> None:
    async def said(session: Client) -> list[str]:
        return [
            await refused(session, "digest_bulletin", text="今天天气好。"),
            await refused(session, "read_digest", digest="没有"),
            await refused(session, "list_themes", path="/etc/passwd"),
            await refused(session, "classify_items", items=[]),
            await refused(session, "correct_item", digest="d", item="北京.1", themes=[], author=""),
            await refused(session, "delete_everything"),
        ]

    told = talk(str(client.base_url), said)
    bad = client.post("/v1/digests", json={"text": "今天天气好。"}).json()
    assert told[0] == f"{bad['title']}:{bad['detail']}"
    assert told[1:] == [
        "没有保存过:没有保存过分类结果 没有:请先 POST /v1/digests,再用答复里的 id",
        "list_themes 没有参数 path:什么参数都不要",
        "classify_items 的参数不合要求:items:至少 1 个",
        "correct_item 的参数不合要求:author:不能为空",
        "没有 delete_everything 这个工具:有 digest_bulletin、read_digest、classify_items、search_archive、"
        "correct_item、correct_sentence、list_themes",
    ]


def test_a_service_that_is_down_is_told_to_the_model() -> None:
    async def said(session: Client) -> str:
        return await refused(session, "list_themes")

    assert talk(NOBODY, said).startswith(f"连不上 {NOBODY}(连接被拒绝)")


def test_the_key_comes_from_the_environment(serve: Serve, home: Path) -> None:
    key = made(home, "助手", Scope.READ)

    async def said(session: Client) -> tuple[bool | None, str]:
        themes = await session.call_tool("list_themes", {})
        return themes.is_error, await refused(
            session, "correct_item", digest="d", item="北京.1", themes=[], author="张三"
        )

    failed, told = talk(str(serve().base_url), said, key)
    assert not failed
    assert told.startswith("密钥没有这个权限:")


def test_clients_of_earlier_revisions_are_served_and_stdout_holds_nothing_but_messages() -> None:
    says = [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "t", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "no", "arguments": {}}},
    ]
    with subprocess.Popen(
        [sys.executable, "-X", "utf8", "-c", RUN, "mcp", "--url", NOBODY],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write("".join(json.dumps(one) + "\n" for one in says))
        server.stdin.flush()
        # Only what has been answered may be hung up on: the end of stdin ends the server, whatever it is at.
        first, second = (json.loads(server.stdout.readline()) for _ in range(2))
        rest, errors = server.communicate(timeout=TIMEOUT_S)
    assert first["result"]["protocolVersion"] == "2025-06-18"
    assert second["result"]["isError"] is True
    assert (rest, errors, server.returncode) == ("", "", 0)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "file:///etc/passwd"])
def test_what_is_no_address_ends_the_command_with_the_mend(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", RUN, "mcp"],
        env=environment(YUEBAO_URL=url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"yuebao:地址是“{url}”:请写成 http://127.0.0.1:8000 这样\n"


def test_without_its_libraries_the_command_says_how_to_get_them() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", f"import sys; sys.modules['mcp'] = None; {RUN}", "mcp"],
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        r"yuebao:MCP 要用的库没有装\(缺 mcp[.\w]*\):请运行 pip install 'yuebao\[mcp\]'\n", done.stderr
    )
