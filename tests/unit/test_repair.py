"""Names are copied whole or they are a fault."""

import pytest

from bulletin.facts import Source, unsupported
from models.repair import with_source_names


@pytest.mark.parametrize(
    ("sentence", "source", "mended"),
    [
        ("印发《数据管理法》。", "印发《教育数据管理办法》。", "印发《教育数据管理办法》。"),
        ("启动“草原在线自学室”。", "“草原在线自习室”启动。", "启动“草原在线自习室”。"),
        ("举办“领航杯竞赛。", "举办“领航杯”竞赛。", "举办“领航杯竞赛。"),
        (
            "印发《甲区教育办法》《乙区教育法》。",
            "印发《甲区教育办法》和《乙区教育办法》。",
            "印发《甲区教育办法》《乙区教育办法》。",
        ),
    ],
    ids=["title", "quoted name", "mark without partner", "only the wrong one"],
)
def test_a_name_spelt_almost_right_becomes_the_sources(sentence: str, source: str, mended: str) -> None:
    assert with_source_names(sentence, [source]) == mended


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("印发《教育数据管理办法》。", "印发《教育数据管理办法》。"),
        ("“一师一优课”活动公示。", "“一师一优课、一课一名师”活动公示。"),
        ("推进“智慧校园”建设。", "推进智慧校园建设,公布“智慧校区”。"),
        ("印发《校园规划》。", "印发《教育数据管理办法》。"),
        ("印发《教育数据管理》。", "推进“教育数据管理”。"),
        ("印发《教育数据管理》。", "没有名称。"),
        ("没有名称。", "印发《教育数据管理办法》。"),
    ],
    ids=["the same", "member", "named without marks", "unlike", "other marks", "none in the source", "none"],
)
def test_a_name_that_stands_or_means_another_stays(sentence: str, source: str) -> None:
    assert with_source_names(sentence, [source]) == sentence


def test_marks_within_marks_are_part_of_the_name() -> None:
    assert with_source_names('“甲"乙”', ['“甲"乙”']) == '“甲"乙”'
    assert with_source_names("《甲“乙》", ["《甲“丙》"]) == "《甲“丙》"


def test_the_likest_name_of_all_sources_is_taken() -> None:
    sources = ["印发《教育数据管理规定》。", "印发《教育数据管理办法》。"]
    assert with_source_names("印发《教育数据管理办发》。", sources) == "印发《教育数据管理办法》。"


def test_a_mended_name_is_supported() -> None:
    source = "省教育厅印发《教育数据管理办法》。"
    mended = with_source_names("浙江印发《教育数据管理法》。", [source])
    assert unsupported(mended, [Source(source, "浙江")]) == ()
