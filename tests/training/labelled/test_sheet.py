"""A sheet to label, and read back."""

from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from openpyxl import Workbook

from bulletin.digest import Digest
from models.pipeline import Pipeline
from service.examples import BULLETIN
from training.labelled.commands import Import, read_month
from training.labelled.problems import LabelsError
from training.labelled.sheet import COLUMNS, LABELS_SHEET, TEXT_SHEET, sheet

TEXT = BULLETIN.replace("培训", "=1+1培训", 1)


@pytest.fixture(scope="module")
def digest(pipeline: Pipeline) -> Digest:
    return pipeline.digest(TEXT, abstract=False)


@pytest.fixture(scope="module")
def raw(pipeline: Pipeline, digest: Digest) -> bytes:
    return sheet(TEXT, digest, pipeline.taxonomy)


def opened(raw: bytes) -> Workbook:
    return openpyxl.load_workbook(BytesIO(raw))


def items(digest: Digest) -> list:
    topics = [topic for section in digest.sections for topic in section.topics]
    return [item for part in (*topics, *digest.entries) for item in part.items]


def test_every_item_has_a_row_and_doubtful_ones_come_first(raw: bytes, digest: Digest) -> None:
    header, *rows = opened(raw)[LABELS_SHEET].iter_rows(values_only=True)
    assert header == COLUMNS
    assert {row[0]: row[3] for row in rows} == {item.id: item.text for item in items(digest)}
    review = [row[COLUMNS.index("待核")] == "待核" for row in rows]
    assert review == sorted(review, reverse=True)
    assert sum(review) == sum(item.review for item in items(digest))


def test_themes_are_chosen_from_a_list(raw: bytes, pipeline: Pipeline) -> None:
    book = opened(raw)
    (validation,) = book[LABELS_SHEET].data_validations.dataValidation
    count = len(pipeline.taxonomy.themes) + 2
    assert (validation.type, validation.formula1) == ("list", f"主题!$A$2:$A${count}")
    names = [row[0] for row in book["主题"].iter_rows(min_row=2, values_only=True)]
    assert names == [*(theme.name for theme in pipeline.taxonomy.themes), "其他"]
    assert str(validation.sqref) == f"E2:G{book[LABELS_SHEET].max_row}"


def test_the_bulletin_goes_along_word_for_word(raw: bytes) -> None:
    lines = [row[0] or "" for row in opened(raw)[TEXT_SHEET].iter_rows(values_only=True)]
    assert "\n".join(lines).rstrip("\n") == TEXT.rstrip("\n")


def test_nothing_in_it_is_a_formula(raw: bytes) -> None:
    for page in opened(raw).worksheets:
        assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)


def test_an_untouched_sheet_imports_as_the_model_labelled_it(
    raw: bytes, digest: Digest, pipeline: Pipeline, tmp_path: Path
) -> None:
    path = tmp_path / "四月.xlsx"
    path.write_bytes(raw)
    month = read_month(Import((path,)), pipeline.taxonomy)
    assert [(item.id, item.themes) for item in month.items] == [
        (item.id, tuple(theme.id for theme in item.themes)) for item in items(digest)
    ]


def test_a_corrected_sheet_imports_as_corrected(raw: bytes, pipeline: Pipeline, tmp_path: Path) -> None:
    book = opened(raw)
    page = book[LABELS_SHEET]
    ident = page["A2"].value
    page["E2"], page["F2"], page["G2"] = "资源", "培训", None
    path = tmp_path / "四月.xlsx"
    book.save(path)
    month = read_month(Import((path,)), pipeline.taxonomy)
    assert month.by_id()[ident].themes == ("resources", "training")


def test_a_line_that_no_cell_holds_is_refused_and_not_cut(pipeline: Pipeline, digest: Digest) -> None:
    with pytest.raises(LabelsError) as caught:
        sheet(f"{TEXT}\n{'长' * 32_768}", digest, pipeline.taxonomy)
    (problem,) = caught.value.problems
    assert str(problem).endswith("行:一行超过 32767 字,表格的一格放不下;请把它分成几行。")
