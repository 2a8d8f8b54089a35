import pytest

from bulletin.plain import fold, normalise


@pytest.mark.parametrize(
    ("given", "folded"),
    [
        ("教育部公佈網絡學習空間應用", "教育部公布网络学习空间应用"),
        ("新疆生產建設兵團、黑龍江、遼寧、雲南", "新疆生产建设兵团、黑龙江、辽宁、云南"),
        ("１２月５日，ＡＰＰ备案１．２万（９８％）；完成！", "12月5日,APP备案1.2万(98%);完成!"),
        ("「智慧『課堂』」", "“智慧‘课堂’”"),
        ("北京\u3000市教委\u00a0召开\t会议\u2002。", "北京 市教委 召开 会议 。"),
        ("《通知》“和教育”、2018—2022年…", "《通知》“和教育”、2018—2022年…"),
        ("著名乾隆覆盖藉由", "著名干隆覆盖藉由"),
        ("第一行\n第二行", "第一行\n第二行"),
        ("𠮷林\u200b🏫", "𠮷林 🏫"),
        ("", ""),
    ],
)  # fmt: skip
def test_folded_text_is_simplified_half_width_and_as_long(given, folded):
    assert fold(given) == folded
    assert len(fold(given)) == len(given)


def test_simplified_half_width_text_is_left_alone():
    text = "12月20日,“中国移动‘和教育’杯”活动(第21届)在北京举办,《报告》发布;共5.5%、3×2。"
    assert fold(text) == text


def test_line_ends_become_newlines_and_the_byte_order_mark_goes():
    assert normalise("\ufeff一\r\n二\r三\u2028四\x0c五\n") == "一\n二\n三\n四\n五\n"
