"""Parts: what one file of them cannot stand costs no other file."""

import hashlib
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from models.pipeline import Pipeline
from service.archive.parts import MadePart, PartMaker, SourceFile

MONTH = "2021年{month}月教育信息化和网络安全工作月报\n★各地工作动态\n北京 {text}。\n"


class Stumbling(Pipeline):
    """A pipeline that fails of one text, as an engine may for reasons nobody foresaw."""

    def read(self, bulletins: Any, *, abstract: bool = True) -> Any:
        if any("绊倒" in bulletin.text for bulletin in bulletins):
            raise ValueError("绊倒了")
        return super().read(bulletins, abstract=abstract)


@pytest.fixture(scope="module")
def maker() -> PartMaker:
    return PartMaker(Stumbling.open(threads=1), abstracts=False, vectors=True)


def made(maker: PartMaker, folder: Path, *texts: str) -> MadePart:
    files = []
    for month, text in enumerate(texts, 1):
        path = folder / f"{month}.txt"
        path.write_text(MONTH.format(month=month, text=text), "utf-8")
        files.append(SourceFile(str(path), hashlib.sha256(path.read_bytes()).hexdigest()))
    return maker.make(files)


def rows(part: MadePart, table: str) -> list[dict[str, Any]]:
    return pq.read_table(BytesIO(part.tables[table])).to_pylist()


def test_a_figure_that_its_column_cannot_hold_keeps_its_words_and_has_no_value(
    maker: PartMaker, tmp_path: Path
) -> None:
    part = made(
        maker, tmp_path, "投入3.1415926元", "投入99999999999999999999亿元", "投入3.50元", "培训2万人次"
    )
    found = [(fact["text"], fact["value"]) for fact in rows(part, "facts") if fact["kind"] == "number"]
    assert found == [
        ("3.1415926元", None),
        ("99999999999999999999亿元", None),
        ("3.50元", Decimal("3.500000")),
        ("2万人次", Decimal("20000.000000")),
    ]


def test_a_bulletin_that_the_pipeline_fails_of_is_an_error_and_the_others_are_read(
    maker: PartMaker, tmp_path: Path
) -> None:
    part = made(maker, tmp_path, "召开会议", "绊倒", "开展培训")
    assert [row["month"] for row in rows(part, "bulletins")] == ["2021-01", "2021-03"]
    (error,) = rows(part, "errors")
    assert (error["kind"], error["reason"]) == ("ValueError", "绊倒了")
    assert part.rows == {name: len(rows(part, name)) for name in part.tables}
    assert part.rows["vectors"] == part.rows["items"] == 2
