"""Uploaded files are read in a process that can be ended, and that knows nothing but how to read."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from bulletin.errors import FileLimitError, UnreadableFileError
from bulletin.limits import ReadLimits
from service.reading import FileReader
from tests.conftest import ROOT
from tests.hostile import docx, paragraph, pdf, reading_processes, slow_pdf, xml, zip_bomb

MIB = 1024 * 1024
TEXT = "北京 开会。"

Children = Callable[[], list[psutil.Process]]


class Reading(Protocol):
    def __call__(
        self, timeout_s: float = 30, memory_bytes: int = 1024 * MIB
    ) -> AbstractContextManager[FileReader]: ...


@pytest.fixture
def children() -> Children:
    """Tells the reading processes that this test started and that live; servers of other tests have theirs."""
    before = reading_processes()
    return lambda: [one for one in reading_processes() if one not in before]


@pytest.fixture
def reading(children: Children) -> Reading:
    """Opens readers; with each, its process ends."""

    @contextmanager
    def opened(timeout_s: float = 30, memory_bytes: int = 1024 * MIB) -> Iterator[FileReader]:
        reader = FileReader(ReadLimits(), timeout_s, memory_bytes)
        try:
            yield reader
        finally:
            reader.close()
        assert children() == []

    return opened


@pytest.fixture
def reader(reading: Reading) -> Iterator[FileReader]:
    with reading() as reader:
        yield reader


def refusal(reader: FileReader, data: bytes, name: str) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as raised:
        reader.read(data, name)
    return raised.value


def test_files_are_read_one_after_another_in_one_process(reader: FileReader, children: Children) -> None:
    assert reader.read(TEXT.encode("gb18030"), "a.txt") == TEXT
    (first,) = children()
    assert reader.read(docx(xml(paragraph(TEXT))), "a.docx") == TEXT
    assert reader.read(pdf(), "a.pdf") == "hello"
    assert children() == [first]


def test_what_cannot_be_read_is_told_as_by_the_library(reader: FileReader) -> None:
    error = refusal(reader, b"\x89PNG\r\n\x1a\n", "图.png")
    assert type(error) is UnreadableFileError
    assert str(error) == "“图.png”是PNG 图片,不能读取;请给出 txt、html、docx 或 pdf。"


def test_a_passed_limit_is_told_with_what_was_given(reader: FileReader) -> None:
    error = refusal(reader, pdf(pages=10_000), "a.pdf")
    assert isinstance(error, FileLimitError)
    assert str(error) == "PDF“a.pdf”有 10000 页,上限是 300 页;请只给出一期月报。"
    assert (error.limit, error.given) == (300, 10_000)


def test_a_zip_bomb_takes_no_memory(reader: FileReader, children: Children) -> None:
    reader.read(docx(xml(paragraph(TEXT))), "a.docx")
    refusal(reader, zip_bomb(), "a.docx")
    (child,) = children()
    assert peak_bytes(child) < 160 * MIB


def peak_bytes(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_a_file_that_takes_too_long_is_given_up_and_the_next_is_read(reading: Reading) -> None:
    with reading(timeout_s=0.2) as reader:
        error = refusal(reader, slow_pdf(), "a.pdf")
        assert reader.read(TEXT.encode(), "a.txt") == TEXT
    assert isinstance(error, FileLimitError)
    assert str(error) == "“a.pdf”在 0.2 秒内读不完,已经放弃;请另存为 txt 或 docx 后再试。"
    assert error.limit == 0.2


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (docx(xml("<w:p/>" * 2_500_000)), "a.docx"),
        (b"<html>" + b"<p>x</p>" * 1_000_000, "a.html"),
    ],
    ids=["docx", "html"],
)
def test_a_file_that_takes_too_much_memory_is_given_up_and_the_next_is_read(
    data: bytes, name: str, reading: Reading
) -> None:
    with reading(memory_bytes=256 * MIB) as reader:
        error = refusal(reader, data, name)
        assert reader.read(TEXT.encode(), "a.txt") == TEXT
    assert isinstance(error, FileLimitError)
    assert str(error) == f"读“{name}”要用的内存超过 268435456 字节;请另存为 txt 或 docx 后再试。"
    assert error.limit == 256 * MIB


def test_a_process_that_ends_while_it_reads_is_told_of_and_replaced(
    reader: FileReader, children: Children
) -> None:
    reader.read(TEXT.encode(), "a.txt")
    (child,) = children()
    idle_s = child.cpu_times().user
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(refusal, reader, slow_pdf(), "a.pdf")
        while child.cpu_times().user < idle_s + 0.1:
            assert not told.done()
        child.kill()
        error = told.result()
    assert str(error) == "读“a.pdf”时进程中止,可能是内存不足;请另存为 txt 或 docx 后再试。"
    assert reader.read(TEXT.encode(), "a.txt") == TEXT


def test_a_process_that_ended_while_idle_is_replaced(reader: FileReader, children: Children) -> None:
    reader.read(TEXT.encode(), "a.txt")
    (child,) = children()
    child.kill()
    psutil.wait_procs([child])
    assert reader.read(TEXT.encode(), "a.txt") == TEXT


def test_the_process_sees_no_environment(
    reader: FileReader, monkeypatch: pytest.MonkeyPatch, children: Children
) -> None:
    monkeypatch.setenv("YUEBAO_DATABASE", "postgresql://secret")
    reader.read(TEXT.encode(), "a.txt")
    (child,) = children()
    assert set(child.environ()) == {"PYTHONPATH"}


def test_the_process_knows_nothing_but_how_to_read() -> None:
    code = "import sys, service.reading_child; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    assert {"bulletin", "lxml", "pypdf"} <= loaded
    assert (
        loaded & {"models", "fastapi", "pydantic", "sqlalchemy", "numpy", "ctranslate2", "uvicorn"} == set()
    )
