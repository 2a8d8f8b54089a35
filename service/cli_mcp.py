"""`yuebao mcp`: the operations of a running service as tools for a language model, over stdin and stdout."""

from typing import Annotated

import typer

from service.cli_digest import UsageError


def mcp(
    url: Annotated[
        str, typer.Option("--url", envvar="YUEBAO_URL", help="服务的地址")
    ] = "http://127.0.0.1:8000",
    key: Annotated[
        str | None, typer.Option("--key", envvar="YUEBAO_API_KEY", help="密钥;写进环境变量,别人就看不到")
    ] = None,
) -> None:
    """让大模型的客户端用这个服务(MCP,走标准输入和标准输出)。先启动 yuebao serve。"""
    try:
        import anyio

        from yuebao.mcp_server import serve
    except ModuleNotFoundError as error:
        raise UsageError(f"MCP 要用的库没有装(缺 {error.name}):请运行 pip install 'yuebao[mcp]'") from error
    anyio.run(serve, url, key)
