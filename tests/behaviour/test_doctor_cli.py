"""`yuebao doctor`: each planted fault is found and told with its mend."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from pydantic import VERSION

from models.bundle import MANIFEST, builtin
from service.cli_doctor import failed
from service.doctor import system
from service.doctor.finding import Told, failure, ok, warning
from service.doctor.machine import Machine
from service.store.connection import FILE
from service.store.store import Store
from tests.bundles import bundle_like_builtin
from tests.conftest import ROOT
from tests.postgres import Postgres

TIMEOUT_S = 120
SOUND = Machine(
    cores=2,
    cpu_flags=frozenset(("avx2", "avx512_vnni")),
    available_bytes=2**32,
    now=datetime(2026, 5, 1, 9, 30, tzinfo=timezone(timedelta(hours=8), "CST")),
    free_bytes=lambda _: 2**40,
    font=lambda _: "Noto Sans CJK SC",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o755)
    return folder


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    """Settings with which all is well."""
    return {"YUEBAO_HOME": str(home), "YUEBAO_PORT": "0"}


def told(environ: Mapping[str, str], machine: Machine = SOUND) -> tuple[bool, dict[str, str]]:
    """Whether there was a failure, and the lines by the name of their check, but for those that are well."""
    lines: list[str] = []
    bad = failed(environ, machine, lines.append, as_json=False)
    faults = [line for line in lines[:-1] if not line.startswith("正常")]
    return bad, {line.partition("  ")[2].partition(":")[0]: line for line in faults}


def broken(environ: Mapping[str, str], machine: Machine = SOUND) -> str:
    """The one line of failure, and no warning but of what could not be looked at."""
    bad, faults = told(environ, machine)
    faults.pop("其余", None)
    assert bad
    (line,) = faults.values()
    return line


def tolerated(environ: Mapping[str, str], machine: Machine = SOUND) -> str:
    """The one line of warning."""
    bad, faults = told(environ, machine)
    assert not bad
    (line,) = faults.values()
    return line


def test_a_sound_machine_has_no_fault(environ: dict[str, str], small_archive: Path) -> None:
    assert told(environ | {"YUEBAO_ARCHIVE": str(small_archive)}) == (False, {})


def test_looking_changes_nothing(environ: dict[str, str], home: Path, small_archive: Path) -> None:
    shutil.copytree(small_archive, home / "archive")
    Store.open(home, None).close()
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    assert told(environ) == (False, {})
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return bundle_like_builtin(tmp_path / "bundle", "m-1")


def test_a_damaged_bundle(environ: dict[str, str], bundle: Path) -> None:
    (bundle / "themes.toml").unlink()
    (bundle / "themes.toml").write_text("damaged", "utf-8")
    assert broken(environ | {"YUEBAO_BUNDLE": str(bundle)}) == (
        f"故障  模型包:模型包 {bundle} 的文件 ['themes.toml'] 与清单的校验值不符,可能已损坏;请重新取得模型包。"
    )


def test_a_missing_engine_file(environ: dict[str, str], bundle: Path) -> None:
    (bundle / "writer" / "model.bin").unlink()
    assert broken(environ | {"YUEBAO_BUNDLE": str(bundle)}) == (
        f"故障  模型包:模型包 {bundle} 缺少文件 ['writer/model.bin'];请重新取得模型包。"
    )


def test_a_current_version_that_is_gone(environ: dict[str, str], home: Path) -> None:
    (home / "models").mkdir()
    (home / "models" / "current").write_text("m-9", "utf-8")
    assert broken(environ) == (
        "故障  模型包:当前的模型版本 m-9 不见了(没有模型版本 m-9;已有:builtin。);请运行 yuebao models rollback。"
    )


def test_a_data_folder_that_cannot_be_made(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = tmp_path / "file" / "home"
    assert broken(environ | {"YUEBAO_HOME": str(home)}) == (
        f"故障  数据文件夹:{home} 建不了({tmp_path / 'file'} 不能写):请检查权限,或用 YUEBAO_HOME 换一个位置"
    )


def test_what_stands_on_a_data_folder_that_fails_is_said_to_be_unseen(
    environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    _, faults = told(environ | {"YUEBAO_HOME": str(tmp_path / "file")})
    assert faults["其余"] == "注意  其余:数据文件夹改好以前查不了磁盘、模型包、数据库和档案:请先改好它"


def test_a_check_that_cannot_go_on_is_told_and_the_others_go_on(environ: dict[str, str]) -> None:
    def gone(_: Path) -> int:
        raise FileNotFoundError("the disk is gone")

    assert broken(environ, replace(SOUND, free_bytes=gone)) == (
        "故障  磁盘:查不下去(FileNotFoundError:the disk is gone):请先解决这个问题"
    )


def test_a_data_folder_that_cannot_be_written(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = broken(environ | {"YUEBAO_HOME": str(tmp_path / "file")})
    assert line == (
        f"故障  数据文件夹:{tmp_path / 'file'} 写不进去(路径里有一段不是文件夹):请检查权限,或用 YUEBAO_HOME 换一个位置"
    )


def test_a_data_folder_that_anybody_may_write(environ: dict[str, str], home: Path) -> None:
    home.chmod(0o777)
    assert tolerated(environ) == (
        f"注意  数据文件夹:{home} 谁都能写,模型和数据会被别人改动:请运行 chmod o-w {home}"
    )


def test_a_database_of_a_newer_program(environ: dict[str, str], home: Path) -> None:
    Store.open(home, None).close()
    with sqlite3.connect(home / FILE) as database:
        newest = database.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    assert broken(environ) == (
        f"故障  数据库:数据库 sqlite:///{home / FILE} 是更新的 yuebao 写的(结构 9999,本程序只认识到 {newest}):"
        "请换用新版的 yuebao"
    )


def test_a_database_that_is_none(environ: dict[str, str], home: Path) -> None:
    (home / FILE).write_text("no database, but some text", "utf-8")
    assert broken(environ) == (
        f"故障  数据库:数据库 sqlite:///{home / FILE} 用不了(这个文件不是 SQLite 数据库,或已经损坏):"
        "请从备份恢复这个文件,或把它移走、从空的数据库重新开始"
    )


def test_a_postgresql_that_is_there_and_one_that_is_not(
    environ: dict[str, str], postgres: Postgres, postgres_url: str
) -> None:
    asked = environ | {"YUEBAO_DATABASE": postgres_url}
    for told_of, prepare in (
        ("可写,启动时会升级到本程序的结构", lambda: None),
        ("可写", lambda: Store.open(Path(asked["YUEBAO_HOME"]), postgres_url).close()),
    ):
        prepare()
        lines: list[str] = []
        assert not failed(asked, SOUND, lines.append, as_json=False)
        assert f"正常  数据库:{postgres_url} {told_of}" in lines
    with postgres.user() as user:
        line = broken(environ | {"YUEBAO_DATABASE": postgres.url("postgres", user, "s3same")})
    assert line.startswith(f"故障  数据库:数据库 postgresql+psycopg://{user}:***@/postgres?host=")
    assert line.endswith(
        " 用不了(用户或密码不对):"
        "请改正 YUEBAO_DATABASE 里的用户和密码,密码里的符号要照网址的规则转写,如 @ 写成 %40"
    )


def test_an_old_database_is_brought_up_to_date_only_in_rehearsal(environ: dict[str, str], home: Path) -> None:
    (home / FILE).touch()
    lines: list[str] = []
    assert not failed(environ, SOUND, lines.append, as_json=False)
    assert f"正常  数据库:sqlite:///{home / FILE} 可写,启动时会升级到本程序的结构" in lines
    with sqlite3.connect(home / FILE) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_a_disk_that_is_full(environ: dict[str, str], home: Path) -> None:
    assert broken(environ, replace(SOUND, free_bytes=lambda _: 3 * 2**20)) == (
        f"故障  磁盘:{home} 所在的磁盘只剩 3 MiB,数据库写不进去:请腾出空间,或用 YUEBAO_HOME 换一个位置"
    )


def test_a_disk_that_is_nearly_full(environ: dict[str, str], home: Path) -> None:
    assert tolerated(environ, replace(SOUND, free_bytes=lambda _: 2**29)) == (
        f"注意  磁盘:{home} 所在的磁盘只剩 512 MiB,不够训练和归档:请腾出 1024 MiB 以上"
    )


def test_unknown_and_bad_settings_are_all_told_and_the_machine_all_the_same(environ: dict[str, str]) -> None:
    lines: list[str] = []
    assert failed(environ | {"YUEBAO_PRT": "1", "YUEBAO_THREADS": "0"}, SOUND, lines.append, as_json=False)
    assert lines[:2] == [
        "故障  设置:YUEBAO_PRT:没有这个设置:是不是 YUEBAO_PORT;全部设置见 docs/reference.md",
        "故障  设置:YUEBAO_THREADS=0:最小是 1",
    ]
    assert lines[2].startswith("正常  处理器:有 AVX2、AVX512-VNNI;引擎支持 ")
    assert lines[-2:] == [
        "注意  其余:设置改好以前查不了模型包、数据库、档案和端口:请先改正设置",
        "9 项中 2 项故障,1 项要注意",
    ]


def test_no_chinese_font(environ: dict[str, str]) -> None:
    assert tolerated(environ, replace(SOUND, font=lambda _: None)) == (
        "注意  字体:没有能写中文的字体,档案报告里的图排得不好看:请装一种,例如 apt-get install fonts-noto-cjk"
    )


def test_more_threads_than_cores(environ: dict[str, str]) -> None:
    assert tolerated(environ | {"YUEBAO_THREADS": "16"}) == (
        "注意  线程:YUEBAO_THREADS 是 16,可用的核只有 2 个,互相争抢会变慢:请设成 2 或更少"
    )


def test_more_threads_than_cores_in_all_processes_together(environ: dict[str, str]) -> None:
    assert tolerated(environ | {"YUEBAO_THREADS": "2", "YUEBAO_WORKERS": "3"}) == (
        "注意  线程:YUEBAO_THREADS 是 2,YUEBAO_WORKERS 是 3,合计 6,可用的核只有 2 个,互相争抢会变慢:"
        "请把两项的乘积设成 2 或更少"
    )


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody has who does not answer."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def test_a_port_that_is_taken(environ: dict[str, str], taken: int) -> None:
    assert broken(environ | {"YUEBAO_PORT": str(taken)}) == (
        f"故障  端口:无法监听 127.0.0.1:{taken}(端口已占用):换一个端口,例如 yuebao serve --port 8080"
    )


@pytest.fixture
def archive(tmp_path: Path, small_archive: Path) -> Path:
    return Path(shutil.copytree(small_archive, tmp_path / "archive"))


Damage = Callable[[Path], object]


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"PAR1 and no more")])
def test_a_damaged_edition_of_the_archive(environ: dict[str, str], archive: Path, damage: Damage) -> None:
    (items,) = archive.glob("editions/*/items/*.parquet")
    damage(items)
    assert broken(environ | {"YUEBAO_ARCHIVE": str(archive)}) == (
        f"故障  档案:{items.parent.parent} 有 1 个文件不见了或坏了,第一个是 {items}:"
        "请从备份取回,或删去这一版,再运行 yuebao archive build"
    )


def test_an_archive_whose_record_is_damaged(environ: dict[str, str], archive: Path) -> None:
    (archive / "archive.json").write_text("{", "utf-8")
    line = broken(environ | {"YUEBAO_ARCHIVE": str(archive)})
    assert line.startswith(f"故障  档案:{archive / 'archive.json'} 读不懂(")
    assert line.endswith(");档案可能已损坏或出自别的版本")


def test_an_archive_without_its_index(environ: dict[str, str], archive: Path) -> None:
    (search,) = archive.glob("editions/*/search")
    shutil.rmtree(search)
    assert tolerated(environ | {"YUEBAO_ARCHIVE": str(archive)}) == (
        f"注意  档案:档案的 {search.parent.name} 这一版还没有检索用的索引:请运行 yuebao archive build"
    )


def test_an_archive_that_is_named_and_not_there(environ: dict[str, str], tmp_path: Path) -> None:
    assert tolerated(environ | {"YUEBAO_ARCHIVE": str(tmp_path)}) == (
        f"注意  档案:{tmp_path} 里没有档案:请运行 yuebao archive build,或改正 YUEBAO_ARCHIVE"
    )


def test_an_old_processor(environ: dict[str, str]) -> None:
    assert tolerated(environ, replace(SOUND, cpu_flags=frozenset(("sse2", "avx")))) == (
        "注意  处理器:没有 AVX2 指令集,推理会慢得多:请换用较新的处理器,虚拟机请放行 AVX2"
    )


def test_little_memory(environ: dict[str, str]) -> None:
    assert tolerated(environ, replace(SOUND, available_bytes=100 * 2**20)) == (
        "注意  内存:只剩 100 MiB,宜有 512 MiB 以上:请关掉别的程序,或放宽容器的上限"
    )


def test_memory_for_one_of_two_processes(environ: dict[str, str]) -> None:
    two = environ | {"YUEBAO_THREADS": "1", "YUEBAO_WORKERS": "2"}
    assert tolerated(two, replace(SOUND, available_bytes=600 * 2**20)) == (
        "注意  内存:只剩 600 MiB,宜有 1024 MiB 以上:请关掉别的程序,或放宽容器的上限"
    )


def test_a_clock_that_stands_at_its_beginning(environ: dict[str, str]) -> None:
    assert broken(environ, replace(SOUND, now=datetime(1970, 1, 1, tzinfo=UTC))) == (
        "故障  时钟:现在是 1970-01-01 00:00 +0000,不可能:请校准系统时间,否则修改和训练的时间都会记错"
    )


def test_a_time_zone_that_the_system_does_not_know(environ: dict[str, str]) -> None:
    unknown = datetime(2026, 5, 1, tzinfo=timezone(timedelta(), "Asia"))
    assert tolerated(environ, replace(SOUND, now=unknown)) == (
        "注意  时钟:系统不认识时区 Asia,当作 UTC 用:请改正 TZ 或装上 tzdata,例如 TZ=Asia/Shanghai"
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (
            ["numpy>=1.26", 'torch>=99; extra == "train"', 'no-such-library>=1; extra == "archive"'],
            ok("1 个要用的库都在,版本都合要求"),
        ),
        (
            ["numpy>=1.26", 'pydantic<1; extra == "archive"'],
            failure(f"pydantic 是 {VERSION},要求 <1:请重新运行 pip install yuebao"),
        ),
        (
            ["pydantic<1", "no-such-library>=1"],
            failure(f"pydantic 是 {VERSION},要求 <1、no-such-library 没有装:请重新运行 pip install yuebao"),
        ),
        (None, warning("yuebao 没有安装成软件包,查不了版本:请用 pip install 安装")),
    ],
)
def test_the_versions_of_libraries(asked: list[str] | None, found: Told) -> None:
    assert system.libraries(asked) == found


def test_the_machine_that_this_is_can_be_looked_at() -> None:
    here = Machine.here()
    assert here.cores >= 1
    assert here.now.utcoffset() is not None
    assert here.free_bytes(ROOT) > 0
    assert here.cpu_flags
    assert here.available_bytes


def doctor(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("YUEBAO_", "OTEL_"))}
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-c", "from service.cli import main; main()", "doctor", *arguments],
        env=kept | {"PYTHONPATH": str(ROOT)} | settings,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )


def test_the_command_ends_with_1_on_a_failure_and_says_it_as_json_too(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no database, but some text", "utf-8")
    asked = {"YUEBAO_HOME": str(tmp_path), "YUEBAO_PORT": "0", "YUEBAO_BUNDLE": str(builtin())}
    done = doctor("--json", **asked)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (1, "")
    assert all(one.keys() == {"check", "state", "message"} for one in found)
    assert [one["check"] for one in found if one["state"] == "failure"] == ["数据库"]
    version = json.loads((builtin() / MANIFEST).read_text("utf-8"))["version"]
    (bundle,) = [one for one in found if one["check"] == "模型包"]
    assert bundle["message"].startswith(f"{version} 完好,试运行了一次")


def test_a_server_that_runs_at_the_port_is_no_fault(environ: dict[str, str], tmp_path: Path) -> None:
    from bulletin import __version__
    from tests.http.test_logs import serving

    with serving(tmp_path / "other") as served:
        lines: list[str] = []
        port = served.client.base_url.port
        assert not failed(environ | {"YUEBAO_PORT": str(port)}, SOUND, lines.append, as_json=False)
    assert f"正常  端口:127.0.0.1:{port} 上 yuebao {__version__} 正在运行" in lines
