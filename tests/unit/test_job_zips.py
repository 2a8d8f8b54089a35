"""Zips that people and attackers send for a job."""

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from bulletin.errors import FileLimitError, UnreadableFileError
from service.errors import UploadTooLargeError
from service.jobs import zips
from tests.http.jobs import zipped

MIB = 1 << 20
TOO_MANY = "到“包.zip”为止,文件超过 500 个:请分成几个任务提交"


def put(folder: Path, data: bytes) -> Path:
    path = folder / "0"
    path.write_bytes(data)
    return path


def names(path: Path) -> list[str]:
    return [one.name for one in zips.members(path, "包.zip", 0, 500, 64 * MIB)]


def refused(path: Path, most_bytes: int = MIB) -> str:
    """Why the first member is refused."""
    (first, *_) = zips.members(path, "包.zip", 0, 500, 1 << 40)
    with pytest.raises(UnreadableFileError) as caught:
        zips.unpacked(path, first, most_bytes)
    return str(caught.value)


def test_members_come_in_their_order_without_folders_and_what_systems_add(tmp_path: Path) -> None:
    packed = zipped(
        {"历年/2021/": b"", "历年/2021/4月.txt": b"a", "__MACOSX/历年/._4月.txt": b"m", "b/.DS_Store": b"d",
         "Thumbs.db": b"t", "../../1月.txt": b"c"}
    )  # fmt: skip
    path = put(tmp_path, packed)
    assert names(path) == ["2021/4月.txt", "../1月.txt"]
    members = zips.members(path, "包.zip", 0, 500, MIB)
    assert [zips.unpacked(path, one, MIB) for one in members] == [b"a", b"c"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_are_read_as_the_system_that_made_the_zip_meant_them(tmp_path: Path, encoding: str) -> None:
    name = "二〇二一年/四月月报.txt"
    raw = name.encode(encoding)
    stand_in = "x" * len(raw)
    data = zipped({stand_in: b"a"}).replace(stand_in.encode(), raw)
    assert names(put(tmp_path, data)) == [name]


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"密.txt": b"a"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path = put(tmp_path, bytes(data))
    assert refused(path) == "“密.txt”在压缩包里加了密:请不设密码重新压缩后再传"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_in_one_piece_are_refused(tmp_path: Path, method: int) -> None:
    path = put(tmp_path, zipped({"a.txt": b"a"}, method))
    assert refused(path) == "“a.txt”在压缩包里的压缩方法不支持:请用普通的 zip(deflate)重新压缩"


def test_a_member_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = put(tmp_path, zipped({"a.txt": b"a" * (MIB + 1)}))
    (member,) = zips.members(path, "包.zip", 0, 500, 64 * MIB)
    with pytest.raises(FileLimitError) as caught:
        zips.unpacked(path, member, MIB)
    assert (caught.value.limit, caught.value.given) == (MIB, MIB + 1)


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": bytes(range(256)) * 8}))
    data[60] ^= 0xFF
    assert refused(put(tmp_path, bytes(data))) == "“a.txt”在压缩包里已损坏:请重新压缩后再传"


def test_a_bomb_that_claims_little_takes_little_memory(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": bytes(256 * MIB)}))
    listed = data.index(b"PK\x01\x02")
    data[listed + 24 : listed + 28] = struct.pack("<I", 1000)
    path = put(tmp_path, bytes(data))
    tracemalloc.start()
    try:
        assert refused(path) == "“a.txt”在压缩包里已损坏:请重新压缩后再传"
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()


def test_what_unpacks_to_too_much_on_the_whole_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, zipped({f"{number}.txt": bytes(MIB) for number in range(65)}))
    with pytest.raises(UploadTooLargeError) as caught:
        names(path)
    assert (caught.value.limit, caught.value.given) == (64 * MIB, 65 * MIB)


def test_a_zip_of_too_many_files_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, zipped({f"{number}.txt": b"" for number in range(501)}))
    with pytest.raises(UploadTooLargeError, match=TOO_MANY):
        names(path)


def test_a_list_without_end_is_refused_unread(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number:060}", b"")
    path = put(tmp_path, buffer.getvalue())
    tracemalloc.start()
    try:
        with pytest.raises(UploadTooLargeError, match=TOO_MANY):
            names(path)
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04", b"x" * 1000, zipped({"a": b"a"})[:-5]],
    ids=["empty", "its start", "something else", "cut off"],
)
def test_what_is_no_zip_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        names(put(tmp_path, data))
    assert str(caught.value) == "“包.zip”不是能读的 zip 压缩包:请重新压缩后再传"


def test_a_zip_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        names(put(tmp_path, zipped({"空/": b"", ".DS_Store": b""})))
    assert str(caught.value) == "压缩包“包.zip”里没有文件:请把月报放进去再传"
