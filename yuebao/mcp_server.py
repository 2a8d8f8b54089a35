"""The service as tools for a language model, by the Model Context Protocol.

No tool takes a path or an address: nothing is fetched, and no word of a client reaches a disk.
"""

import functools
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, NamedTuple

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, InputRequiredResult, TextContent, Tool, ToolAnnotations
from pydantic import BaseModel, ValidationError

from bulletin import __version__, mistakes
from yuebao.async_client import AsyncClient
from yuebao.errors import ClientError
from yuebao.mcp_tools import Tools
from yuebao.retries import Retries

_INSTRUCTIONS: Final = (
    "读教育部的《教育信息化和网络安全工作月报》。digest_bulletin 把一期归入主题,起草每句都有出处的摘要;"
    "review 为 true 的事项要请人看一眼。修改会留下记录:先问过人,author 写那个人。"
)


class _Offer(NamedTuple):
    """A tool by its method's name, and what a model is told of it."""

    name: str
    title: str
    description: str
    hints: ToolAnnotations


def _hints(*, reads: bool, idempotent: bool) -> ToolAnnotations:
    return ToolAnnotations(
        read_only_hint=reads, destructive_hint=False, idempotent_hint=idempotent, open_world_hint=False
    )


# Somebody waits for the model.
_RETRIES: Final = Retries(attempts=3)
_READS: Final = _hints(reads=True, idempotent=True)
# The service keeps the digest, under a name that its text gives it.
_KEEPS: Final = _hints(reads=False, idempotent=True)
# Each correction is one more in the list; what it corrects stays as it was.
_ADDS: Final = _hints(reads=False, idempotent=False)

_OFFERS: Final = (
    _Offer(
        "digest_bulletin",
        "月报 → 分类与摘要",
        "读一期月报的全文:每件事项归入主题,起草摘要,每句注明依据哪几件事项。答复是简短的一份,"
        "left_out 说明没有列出什么;全部用 read_digest 取。",
        _KEEPS,
    ),
    _Offer(
        "read_digest",
        "分类与摘要的全部",
        "按编号取一份分类结果的全部:另有各主题的概率、在原文中的位置。一期有几万字符,需要时再取。",
        _READS,
    ),
    _Offer(
        "classify_items",
        "事项 → 主题",
        "给单独的事项归类,不必有整期月报。heading(省份或专题标题)和 previous(上一事项)能帮助判断,可以不给。",
        _READS,
    ),
    _Offer(
        "search_archive",
        "检索历年月报",
        "检索档案里各期月报的事项,最相关的在前;total 是一共有几件,next 不为 null 时还有下一页。",
        _READS,
    ),
    _Offer(
        "correct_item",
        "改一件事项的主题",
        "记下某人认为一件事项该归入哪些主题。分类结果不变,修改另存,可以再改。",
        _ADDS,
    ),
    _Offer(
        "correct_sentence",
        "改摘要的一句",
        "记下某人认为摘要的一句该怎样写。分类结果不变,修改另存,可以再改。",
        _ADDS,
    ),
    _Offer("list_themes", "主题表", "各主题的编号、名称和归类的标准。", _READS),
)


def server(client: AsyncClient) -> MCPServer[Any]:
    """The tools over `client`, for any transport of the SDK."""
    tools = Tools(client)
    built = _Server(
        "yuebao", title="月报", instructions=_INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    for name, title, description, hints in _OFFERS:
        run = _told(getattr(tools, name))
        built.add_tool(run, title=title, description=description, annotations=hints)
    return built


async def serve(base_url: str, api_key: str | None) -> None:
    """Serve over stdin and stdout until stdin ends. Raises SetupError."""
    async with AsyncClient(base_url, api_key, retries=_RETRIES) as client:
        await server(client).run_stdio_async()


def _told(tool: Callable[..., Awaitable[BaseModel]]) -> Callable[..., Awaitable[CallToolResult]]:
    """`tool` with its answer as the SDK sends it: structured, and as text without white space; errors in their words.

    Its signature, and so its schemas, stay those of `tool`.
    """

    @functools.wraps(tool)
    async def told(**arguments: Any) -> CallToolResult:
        try:
            answer = await tool(**arguments)
        except ClientError as error:
            return CallToolResult(content=[TextContent(text=str(error))], is_error=True)
        text = TextContent(text=answer.model_dump_json())
        return CallToolResult(content=[text], structured_content=answer.model_dump(mode="json"))

    return told


class _Server(MCPServer[Any]):
    """The SDK's, which by itself passes over arguments that no tool knows."""

    async def list_tools(self) -> list[Tool]:
        """The tools; each says that it takes nothing else."""
        return [
            tool.model_copy(update={"input_schema": {**tool.input_schema, "additionalProperties": False}})
            for tool in await super().list_tools()
        ]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool. Raises ToolError for arguments that are not to its schema, named one by one."""
        schemas = {tool.name: tool.input_schema for tool in await super().list_tools()}
        if name not in schemas:
            raise ToolError(f"没有 {name} 这个工具:有 {'、'.join(schemas)}")
        known = schemas[name]["properties"]
        if unknown := sorted(arguments.keys() - known.keys()):
            raise ToolError(f"{name} 没有参数 {'、'.join(unknown)}:" + _listed(known))
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(f"{name} 的参数不合要求:{mistakes.listed(error.__cause__)}") from None
            raise


def _listed(known: Collection[str]) -> str:
    return f"有 {'、'.join(known)}" if known else "什么参数都不要"
