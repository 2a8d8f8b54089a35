"""`yuebao`, run as its own process with the shipped models."""

import errno
import json
import os
import pty
import re
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest

from bulletin import __version__
from bulletin.digest import Digest
from models.pipeline import Pipeline
from service import examples
from service.cli_digest import Plan, UsageError, refuse_unusable
from service.cli_serve import bind
from service.errors import ServiceError
from tests.conftest import REAL_MONTH, ROOT
from tests.http.jobs import zipped

COMMAND = [sys.executable, "-c", "from service.cli import main; main()"]
SECOND = examples.BULLETIN.replace("2021年4月", "2021年5月")
TIMEOUT_S = 120


def environment(**extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("YUEBAO_")}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"} | extra


def yuebao(*arguments: object, given: bytes = b"", **extra: str) -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, *(str(one) for one in arguments)]
    return subprocess.run(
        command, input=given, capture_output=True, env=environment(**extra), timeout=TIMEOUT_S, check=False
    )


@pytest.fixture
def april(tmp_path: Path) -> Path:
    path = tmp_path / "四月.txt"
    path.write_bytes(examples.BULLETIN.encode("gb18030"))
    return path


def test_real_month_prints_28_entries_and_a_cited_abstract(pipeline: Pipeline, real_month: str) -> None:
    done = yuebao("digest", REAL_MONTH)
    assert (done.returncode, done.stderr) == (0, b"")
    digest = Digest.model_validate_json(done.stdout)
    assert digest == pipeline.digest(real_month)
    assert len(digest.entries) == 28


def test_standard_input_without_abstract(pipeline: Pipeline) -> None:
    done = yuebao("digest", "-", "--no-abstract", given=examples.BULLETIN.encode("utf-16"))
    assert done.returncode == 0
    assert Digest.model_validate_json(done.stdout) == pipeline.digest(examples.BULLETIN, abstract=False)


def test_bad_file_is_told_and_the_others_are_done(april: Path, tmp_path: Path) -> None:
    (tmp_path / "空.txt").write_text("")
    done = yuebao("digest", "--no-abstract", tmp_path / "空.txt", tmp_path / "无.txt", april)
    assert done.returncode == 1
    assert [json.loads(line)["month"] for line in done.stdout.splitlines()] == ["2021-04"]
    empty, absent = done.stderr.decode().splitlines()
    assert empty == f"yuebao:{tmp_path}/空.txt:文本是空的,没有一个可见字符;请给出月报全文。"
    assert absent == f"yuebao:{tmp_path}/无.txt:打不开(没有这个文件或文件夹):请检查路径和权限"


def test_the_suffix_of_the_output_is_its_format(april: Path, tmp_path: Path) -> None:
    assert yuebao("digest", "--no-abstract", april, "-o", tmp_path / "摘要.docx").returncode == 0
    assert (tmp_path / "摘要.docx").read_bytes().startswith(b"PK")
    other = yuebao("digest", april, "-f", "json", "-o", tmp_path / "摘要.docx")
    assert other.returncode == 2
    assert other.stderr.decode().strip() == (
        f"yuebao:{tmp_path}/摘要.docx 的扩展名是 docx,而 --format 是 json:请改成一样的"
    )


def test_a_suffix_that_is_no_format_is_refused_unless_the_format_is_asked(
    april: Path, tmp_path: Path
) -> None:
    out = tmp_path / "摘要.pdf"
    done = yuebao("digest", "--no-abstract", april, "-o", out)
    assert (done.returncode, done.stderr.decode()) == (
        2,
        f"yuebao:{out} 的扩展名不是能写的格式:请改成 .json、.md、.docx、.xlsx 之一,或用 --format 说明格式\n",
    )
    assert not out.exists()
    assert yuebao("digest", "--no-abstract", april, "-f", "json", "-o", out).returncode == 0
    assert Digest.model_validate_json(out.read_bytes()).month


@pytest.mark.parametrize("out", ["摘要", "2021.04/"])
def test_a_file_without_suffix_and_a_folder_with_a_dot_hold_json(
    april: Path, tmp_path: Path, out: str
) -> None:
    assert yuebao("digest", "--no-abstract", april, "-o", f"{tmp_path}/{out}").returncode == 0
    (path,) = (found for found in (tmp_path / out).parent.rglob("*") if found.is_file() and found != april)
    assert Digest.model_validate_json(path.read_bytes()).month


def test_a_folder_among_the_files_is_told_with_the_mend(tmp_path: Path) -> None:
    done = yuebao("digest", "--no-abstract", tmp_path)
    assert (done.returncode, done.stderr.decode().strip()) == (
        1,
        f"yuebao:{tmp_path}:是文件夹:请写 {tmp_path}/*,许多年的月报请用 yuebao archive build",
    )


def test_a_zip_is_told_what_to_do_with_it(tmp_path: Path) -> None:
    path = tmp_path / "历年.zip"
    path.write_bytes(zipped({"a.txt": b"a"}))
    done = yuebao("digest", "--no-abstract", path)
    assert (done.returncode, done.stderr.decode().strip()) == (
        1,
        f"yuebao:{path}:“{path}”是压缩包但不是 Word 文档;请给出 txt、html、docx 或 pdf。"
        "装着月报的 zip 请解开,许多年的月报请用 yuebao archive build 文件夹;有服务的可以整个交给 POST /v1/jobs。",
    )


def test_two_bulletins_in_one_file_are_two_lines() -> None:
    done = yuebao("digest", "--no-abstract", "-", given=f"{examples.BULLETIN}\n{SECOND}".encode())
    assert done.returncode == 0
    assert [json.loads(line)["month"] for line in done.stdout.splitlines()] == ["2021-04", "2021-05"]


def test_bad_bulletin_beside_a_good_one_is_told_with_its_number(tmp_path: Path) -> None:
    out = tmp_path / "out"
    both = f"{examples.BULLETIN}\n{SECOND}".encode()
    done = yuebao("digest", "--no-abstract", "-f", "xlsx", "-", given=both)
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        f"yuebao:标准输入 第 {number} 期:文件里有 2 期月报,不能写进同一个 xlsx:请加 -o 文件夹/"
        for number in (1, 2)
    ]
    done = yuebao("digest", "--no-abstract", "-f", "xlsx", "-o", f"{out}/", "-", given=both)
    assert done.returncode == 0
    assert sorted(path.name for path in out.iterdir()) == ["stdin-1.xlsx", "stdin-2.xlsx"]


def test_several_files_go_into_a_folder_without_meeting(april: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin" / april.name
    twin.parent.mkdir()
    twin.write_text(SECOND, "utf-8")
    out = tmp_path / "deep" / "out"
    done = yuebao("digest", "--no-abstract", "-f", "markdown", "-o", out, april, twin)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert {path.name: path.read_text("utf-8").splitlines()[2] for path in out.iterdir()} == {
        "四月.md": "月份:2021-04",
        "四月-2.md": "月份:2021-05",
    }


def test_one_file_goes_to_the_file_named_and_replaces_it(april: Path, tmp_path: Path) -> None:
    out = tmp_path / "四月.docx"
    out.write_text("old")
    assert yuebao("digest", april, "-f", "docx", "-o", out).returncode == 0
    assert docx.Document(str(out)).paragraphs[0].text == "2021年4月教育信息化和网络安全工作月报"
    assert stat.S_IMODE(out.stat().st_mode) == 0o666 & ~current_umask()
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_workbook_can_be_piped(april: Path) -> None:
    done = yuebao("digest", april, "-f", "xlsx", "--lang", "en")
    assert openpyxl.load_workbook(BytesIO(done.stdout)).sheetnames == ["Entries", "Items", "Abstract"]


def test_place_that_cannot_be_written_is_told(april: Path) -> None:
    done = yuebao("digest", "--no-abstract", april, "-o", april / "out.json")
    assert done.returncode == 1
    assert done.stderr.decode() == (
        f"yuebao:{april}:{april}/out.json 写不进去(已有同名的文件或文件夹):请换一个位置\n"
    )


def test_workbook_is_not_printed_to_a_terminal(april: Path) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [*COMMAND, "digest", str(april), "-f", "xlsx"],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment(),
        timeout=TIMEOUT_S,
        check=False,
    )
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2
    assert done.stderr.decode() == "yuebao:xlsx 不能显示在终端:请加 -o 文件名.xlsx\n"


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (Plan(("a", "b"), "docx", None, True, "zh"), "多份 docx 不能写进同一个输出:请加 -o 文件夹"),
        (Plan(("-", "-"), "json", None, True, "zh"), "标准输入(-)只能读一次:请只写一个 -"),
        (
            Plan(("a", "b"), "json", str(REAL_MONTH), True, "zh"),
            f"{REAL_MONTH} 是文件:多个输入要写进文件夹,请换一个 -o",
        ),
    ],
)
def test_options_that_cannot_end_well_are_refused_first(plan: Plan, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        refuse_unusable(plan, terminal=False)


def test_classify_answers_a_line_for_a_line(pipeline: Pipeline) -> None:
    lines = ["省教育厅组织网络安全攻防演练。", "", "举办中小学校长信息化领导力研修班。"] * 40
    done = yuebao("classify", "--heading", "四川", given="\n".join(lines).encode())
    assert done.returncode == 0
    assert done.stderr.decode() == "yuebao:标准输入:跳过 40 个空行\n"
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["text"] for one in found] == [line for line in lines if line]
    assert [[theme["id"] for theme in one["themes"]] for one in found[:2]] == [
        ["network_security"],
        ["training"],
    ]
    assert set(found[0]["scores"]) == set(pipeline.taxonomy.ids)


def test_classify_tells_the_line_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "行.txt"
    path.write_bytes("好的\n".encode() + "坏的\n".encode("gb18030"))
    done = yuebao("classify", path, tmp_path / "无.txt")
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        f"yuebao:{path} 第 2 行不是 UTF-8:请先转换编码",
        f"yuebao:{tmp_path}/无.txt:打不开(没有这个文件或文件夹):请检查路径和权限",
    ]


def test_themes_are_listed(pipeline: Pipeline) -> None:
    lines = yuebao("themes").stdout.decode().splitlines()
    assert [line.split("\t")[:2] for line in lines] == [
        [theme.id, theme.name] for theme in pipeline.taxonomy.themes
    ]


def test_version_and_help_need_no_model() -> None:
    assert yuebao("--version").stdout.decode() == f"yuebao {__version__}\n"
    shown = yuebao("digest", "--help")
    assert shown.returncode == 0
    assert "把月报变成分类和摘要" in shown.stdout.decode()


@pytest.mark.parametrize(
    "arguments", [("digest",), ("digest", "a", "-f", "pdf"), ("sing",), ("serve", "--port", "x")]
)
def test_wrong_usage_exits_2_without_traceback(arguments: tuple[str, ...]) -> None:
    done = yuebao(*arguments)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_bundle_that_is_missing_is_told(april: Path, tmp_path: Path) -> None:
    done = yuebao("digest", april, "--bundle", tmp_path / "nowhere")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("yuebao:")
    assert "nowhere" in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_unknown_setting_stops_the_server() -> None:
    done = yuebao("serve", YUEBAO_PRT="1")
    assert done.returncode == 2
    assert done.stderr.decode().startswith("yuebao:设置有误:\n  YUEBAO_PRT:没有这个设置:是不是 YUEBAO_PORT;")


@pytest.mark.parametrize(("option", "wrong"), [("--port", "70000:最大是 65535"), ("--workers", "0:最小是 1")])
def test_a_bad_option_of_the_server_is_told_by_its_own_name(option: str, wrong: str) -> None:
    done = yuebao("serve", option, wrong.split(":")[0], YUEBAO_PORT="8000")
    assert (done.returncode, done.stderr.decode()) == (2, f"yuebao:设置有误:\n  {option} {wrong}\n")


@pytest.mark.parametrize("workers", [1, 2])
def test_server_with_a_missing_bundle_ends_with_the_reason(tmp_path: Path, workers: int) -> None:
    done = yuebao("serve", "--port", "0", "--workers", workers, "--bundle", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr.decode()
    assert len(done.stderr.decode().splitlines()) == 1
    assert b"Traceback" not in done.stderr


@contextmanager
def started(*arguments: str, **extra: str) -> Iterator[subprocess.Popen[str]]:
    """A running command, which does not outlive a test that fails."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(PYTHONUNBUFFERED="1", **extra),
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_server_prints_where_to_click_and_stops_on_a_signal(tmp_path: Path) -> None:
    with started("serve", "--port", "0", YUEBAO_HOME=str(tmp_path)) as server:
        assert server.stdout is not None
        said = [server.stdout.readline().split() for _ in range(5)]
        assert said[1][0] == "网页"
        assert said[4][-1] == "已就绪"
        with urllib.request.urlopen(said[1][1] + "readyz", timeout=TIMEOUT_S) as answer:
            assert json.load(answer)["status"] == "ready"
        occupied = yuebao("serve", "--port", said[1][1].rstrip("/").rpartition(":")[2])
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=TIMEOUT_S)
    assert errors == ""
    assert occupied.returncode == 2
    assert "端口已占用" in occupied.stderr.decode()
    assert "换一个端口,例如 yuebao serve --port 8080" in occupied.stderr.decode()


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("999.1.1.1", "查不到这个主机名"),
        ("a..b", "不能是主机名"),
        ("203.0.113.9", "本机没有这个地址"),  # one that is kept for documents
    ],
)
def test_a_host_that_is_not_this_machine_is_to_be_checked(tmp_path: Path, host: str, reason: str) -> None:
    asked = ("serve", "--host", host, "--port", "0")
    done = yuebao(*asked, YUEBAO_HOME=str(tmp_path), YUEBAO_TRUST_NETWORK="true")
    assert (done.returncode, done.stderr.decode()) == (
        2,
        f"yuebao:无法监听 {host}:0({reason}):请检查 --host 或 YUEBAO_HOST,只在本机用请写 127.0.0.1\n",
    )


def test_a_port_that_only_root_may_take_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    # Whether a port is forbidden is up to the system and to who runs the tests.
    monkeypatch.setattr(socket.socket, "bind", forbidden)
    with pytest.raises(ServiceError) as caught:
        bind("127.0.0.1", 80)
    assert str(caught.value) == (
        "无法监听 127.0.0.1:80(没有权限):1024 以下的端口要有权限才能监听,换一个端口,例如 yuebao serve --port 8080"
    )


def test_reader_that_leaves_early_is_no_error(april: Path) -> None:
    with started("digest", "--no-abstract", *[str(april)] * 40) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == ""
