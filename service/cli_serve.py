"""`yuebao serve`: one port, and one process or several."""

import errno
import signal
import socket
from collections.abc import Callable
from typing import Final

from bulletin import __version__, reasons
from service import logs, tracing, workers
from service.access.network import refuse_open_network
from service.app import create_app
from service.digester import Loading
from service.errors import ServiceError
from service.server import Server, ServerConfig
from service.settings import Settings, tracing_wanted

Say = Callable[[str], None]

_BACKLOG: Final = 2048
_OF_THE_HOST: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_HOST_MEND: Final = "请检查 --host 或 YUEBAO_HOST,只在本机用请写 127.0.0.1"
_PORT_MEND: Final = "换一个端口,例如 yuebao serve --port 8080"


def run(settings: Settings, say: Say) -> Exception | None:
    """Serve until told to stop. A bundle that cannot be opened ends the server and is returned.

    Raises SettingsError for a server that a network would reach without keys, StoreError for an address that names no
    database.
    """
    if settings.database is not None:
        # An address that can never do is no outage. The database's libraries take time to import.
        from service.store.connection import connect

        connect(settings.data, settings.database).dispose()
    refuse_open_network(settings)
    listener = bind(settings.host, settings.port)
    address = _address(listener)
    logs.begin(settings.log_format, settings.log_level)
    say(f"yuebao {__version__}\n  网页      {address}/\n  接口文档  {address}/docs\n  按 Ctrl+C 停止")
    if settings.workers > 1:
        workers.serve(settings, listener, say)
        return None

    def on_loaded(loading: Loading) -> None:
        if loading.failure is not None:
            server.should_exit = True
        else:
            say(f"模型 {loading.digester.info.version} 已就绪")

    app = create_app(settings, on_loaded=on_loaded, tracing=tracing.start(tracing_wanted()))
    server = Server(ServerConfig(app, settings), say)
    # A terminal that is closed; under nohup it is ignored, and stays so.
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, server.handle_exit)
    server.run(sockets=[listener])
    failure = app.state.context.loading.failure
    assert failure is None or isinstance(failure, Exception)
    return failure


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to listen; port 0 takes any free port. Raises ServiceError when it is not to be had."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        # The protocol is named because asyncio turns Nagle's algorithm off only on sockets that tell theirs:
        # without it, answers wait 40 ms for the client's delayed acknowledgement.
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        # Now, so that who comes second on a port is told so.
        listener.listen(_BACKLOG)
        return listener
    # A name that no host can have, such as a..b, is a UnicodeError.
    except UnicodeError as error:
        raise ServiceError(f"无法监听 {host}:{port}(不能是主机名):{_HOST_MEND}") from error
    except OSError as error:
        raise ServiceError(f"无法监听 {host}:{port}({reasons.reason(error)}):{_mend(error)}") from error


def _mend(error: OSError) -> str:
    # Its numbers are of another kind.
    if isinstance(error, socket.gaierror) or error.errno in _OF_THE_HOST:
        return _HOST_MEND
    if error.errno == errno.EACCES:
        return f"1024 以下的端口要有权限才能监听,{_PORT_MEND}"
    return _PORT_MEND


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"
