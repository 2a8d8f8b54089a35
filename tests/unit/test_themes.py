from pathlib import Path

import pytest

from bulletin.errors import TaxonomyError
from bulletin.themes import load

THEME = '[[themes]]\nid = "a"\nname = "甲"\nguidance = "说明"\nkeywords = ["词"]\n'


def changed(old: str, new: str) -> str:
    """A taxonomy of one theme with one thing replaced."""
    return 'version = "1"\n' + (THEME.replace(old, new) if old else THEME)


def written(folder: Path, text: str) -> Path:
    path = folder / "themes.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_taxonomy_has_five_themes_in_order():
    taxonomy = load()
    assert taxonomy.version == "1"
    assert taxonomy.ids == ("network_security", "smart_campus", "app_governance", "training", "resources")
    assert [theme.name for theme in taxonomy.themes] == ["网络安全", "智慧校园", "APP治理", "培训", "资源"]
    assert all(theme.guidance and len(theme.keywords) >= 10 for theme in taxonomy.themes)


def test_a_theme_is_named_by_its_id():
    assert load().name("app_governance") == "APP治理"
    with pytest.raises(KeyError, match="other"):
        load().name("other")


def test_another_taxonomy_is_another_file(tmp_path):
    taxonomy = load(written(tmp_path, f'version = "2"\n{THEME}'))
    assert (taxonomy.version, taxonomy.ids, taxonomy.themes[0].keywords) == ("2", ("a",), ("词",))


def test_labels_of_an_earlier_version_are_read_as_they_are_today(tmp_path):
    taxonomy = load(written(tmp_path, f'version = "2"\n{THEME}[retired]\nb = "a"\nc = ""\n'))
    assert taxonomy.today(["b", "a", "c"]) == ("a",)
    with pytest.raises(TaxonomyError) as caught:
        taxonomy.today(["d"])
    assert str(caught.value) == "主题表(版本 2)没有主题 d;停用的主题请写进 [retired]。"


BROKEN = [
    (THEME, ':缺少 version;请写成非空字符串,如 version = "1"。'),
    ('version = "1"', ":没有主题;请至少写一个 [[themes]]。"),
    (
        f'version = "1"\nlanguage = "zh"\n{THEME}',
        ":不认识的键 language;可用的键是 themes、version、retired。",
    ),
    (
        changed('词"]', '词"]\ncolor = 1'),
        " 第1个主题:不认识的键 color;可用的键是 id、name、guidance、keywords。",
    ),
    (changed("说明", " "), " 第1个主题:缺少 guidance;请写成非空字符串。"),
    (changed('"a"', '"A-b"'), " 第1个主题:id「A-b」不合规则;只用小写字母、数字和下划线,以字母开头。"),
    (changed('["词"]', "[]"), " 第1个主题:keywords 应是非空字符串的列表。"),
    (changed("", "") + THEME, ":id 重复:a;请只保留一个。"),
    (changed('"a"', '"b"') + THEME, ":name 重复:甲;请只保留一个。"),
    (changed('["词"]', '["词", "词"]'), ":a 的 keywords 重复:词;请只保留一个。"),
    (changed("", "") + "[retired]\na = ''\n", ":a 已停用,编号不能再用;请换一个 id。"),
    (changed("", "") + "[retired]\nb = 'c'\n", ":[retired] 并入的主题 c 不在主题表里。"),
    (changed("", "") + "[retired]\nb = 1\n", ':[retired] 每行应是 旧主题 = "并入的主题",没有并入就写 ""。'),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_a_file_that_breaks_the_rules_is_refused_with_place_and_mend(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(TaxonomyError) as caught:
        load(path)
    assert str(caught.value) == f"主题表 {path}{message}"


def test_a_missing_file_is_refused(tmp_path):
    path = tmp_path / "none.toml"
    with pytest.raises(TaxonomyError) as caught:
        load(path)
    assert str(caught.value) == f"主题表 {path} 打不开(没有这个文件或文件夹);请检查路径和权限。"


def test_broken_toml_is_refused(tmp_path):
    path = written(tmp_path, "version = ")
    with pytest.raises(TaxonomyError) as caught:
        load(path)
    assert str(caught.value).startswith(f"主题表 {path} 不是 UTF-8 编码的 TOML(")
