"""Text to digest with the models that ship."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from opencc import OpenCC

from bulletin.digest import Classification, Digest, DigestItem
from bulletin.errors import BundleError, EmptyTextError, NotABulletinError
from bulletin.facts import Source, unsupported
from bulletin.plain import fold
from bulletin.provinces import OFFICIAL_ORDER
from models.bundle import MANIFEST, builtin, open_bundle
from models.classifier import Readings
from models.pipeline import MOST_DRAFTED, Pipeline
from models.types import ClassifyRequest
from tests.conftest import ROOT

LAYOUTS = ROOT / "tests" / "data" / "layouts"
THEMES = ("network_security", "smart_campus", "app_governance", "training", "resources")


@pytest.fixture(scope="module")
def digest(pipeline: Pipeline, real_month: str) -> Digest:
    return pipeline.digest(real_month)


def national_items(digest: Digest) -> Iterator[tuple[str, DigestItem]]:
    """Every national item with its topic heading."""
    for section in digest.sections:
        for topic in section.topics:
            for item in topic.items:
                yield topic.title, item


def provincial_items(digest: Digest) -> Iterator[tuple[str, DigestItem]]:
    for entry in digest.entries:
        for item in entry.items:
            yield entry.province, item


def sources_of(digest: Digest) -> dict[str, Source]:
    """Every item as a source of facts, as the digest's reader has it."""
    told = {
        item.id: Source(f"{fold(title)}:{fold(item.text)}", None) for title, item in national_items(digest)
    }
    return told | {item.id: Source(fold(item.text), name) for name, item in provincial_items(digest)}


def themes_of(found: Classification | DigestItem) -> set[str]:
    return {theme.id for theme in found.themes}


def one(pipeline: Pipeline, text: str, heading: str = "浙江", previous: str = "") -> Classification:
    (found,) = pipeline.classify([ClassifyRequest(text, heading, previous)])
    return found


def test_the_real_month_has_28_entries_and_4_missing_units(digest: Digest) -> None:
    assert (digest.title, digest.month) == ("2019年12月教育信息化和网络安全工作月报", "2019-12")
    assert len(digest.entries) == 28
    assert digest.missing == ("内蒙古", "山东", "广东", "海南")
    assert digest.warnings == ()
    assert (digest.printed_abstract or "").startswith("教育部公布首批152个教育APP通过备案。")
    assert [entry.province for entry in digest.entries] == [
        name for name in OFFICIAL_ORDER if name not in digest.missing
    ]


def test_versions_say_what_made_it(digest: Digest, pipeline: Pipeline) -> None:
    manifest = open_bundle().manifest
    assert (digest.versions.bundle, digest.versions.taxonomy) == (manifest.version, manifest.taxonomy)
    assert digest.versions.taxonomy == pipeline.taxonomy.version


def test_spans_slice_to_their_texts(digest: Digest, real_month: str) -> None:
    for entry in digest.entries:
        assert real_month[slice(*entry.span)] == entry.text
    for _, item in (*national_items(digest), *provincial_items(digest)):
        assert real_month[slice(*item.span)] == item.text


def test_every_item_has_a_score_for_every_theme_and_those_past_the_threshold_as_themes(
    digest: Digest, pipeline: Pipeline
) -> None:
    thresholds = pipeline.info.thresholds
    assert tuple(thresholds) == THEMES
    for _, item in (*national_items(digest), *provincial_items(digest)):
        assert tuple(item.scores) == THEMES
        assert all(0 <= score <= 1 for score in item.scores.values())
        passed = {name: score for name, score in item.scores.items() if score >= thresholds[name]}
        assert {theme.id: theme.score for theme in item.themes} == passed
        scores = [theme.score for theme in item.themes]
        assert scores == sorted(scores, reverse=True)


def test_items_close_to_a_threshold_ask_for_review(digest: Digest, pipeline: Pipeline) -> None:
    margin = open_bundle().manifest.review_margin
    items = [item for _, item in (*national_items(digest), *provincial_items(digest))]
    for item in items:
        near = min(
            abs(logit(item.scores[name]) - logit(cut)) for name, cut in pipeline.info.thresholds.items()
        )
        if abs(near - margin) > 0.05:  # scores are rounded
            assert item.review == (near < margin)
    # A person is asked about some items, not about most.
    assert 0 < sum(item.review for item in items) < len(items) / 3


def logit(probability: float) -> float:
    sure = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(sure / (1 - sure))


def test_themes_of_an_entry_are_the_best_of_its_items(digest: Digest, pipeline: Pipeline) -> None:
    for entry in digest.entries:
        best: dict[str, float] = {}
        for item in entry.items:
            for theme in item.themes:
                best[theme.id] = max(theme.score, best.get(theme.id, 0))
        assert {theme.id: theme.score for theme in entry.themes} == best
        assert [theme.name for theme in entry.themes] == [
            pipeline.taxonomy.name(theme.id) for theme in entry.themes
        ]
        assert [theme.score for theme in entry.themes] == sorted(best.values(), reverse=True)


def test_every_sentence_cites_items_that_say_it(digest: Digest) -> None:
    assert digest.abstract is not None
    sources = sources_of(digest)
    for sentence in digest.abstract.sentences:
        assert sentence.sources
        assert unsupported(sentence.text, [sources[ident] for ident in sentence.sources]) == ()
        assert sentence.unsupported == ()


def test_the_abstract_has_the_form_of_a_printed_one(digest: Digest) -> None:
    abstract = digest.abstract
    assert abstract is not None
    assert abstract.text == "".join(sentence.text for sentence in abstract.sentences)
    assert 150 <= len(abstract.text) <= 320
    kinds = [sentence.kind for sentence in abstract.sentences]
    assert kinds == sorted(kinds)
    assert set(kinds) == {"national", "provincial"}
    for sentence in abstract.sentences:
        assert sentence.text.endswith("。")
        assert all(ident.startswith("N") == (sentence.kind == "national") for ident in sentence.sources)


def test_withheld_topics_are_told_and_never_cited(digest: Digest) -> None:
    withheld = [topic for section in digest.sections for topic in section.topics if topic.withheld]
    assert len(withheld) == 4
    assert all(topic.items == () for topic in withheld)


def test_the_same_text_gives_the_same_digest(pipeline: Pipeline, digest: Digest, real_month: str) -> None:
    assert pipeline.digest(real_month) == digest


def test_without_an_abstract_the_rest_is_the_same(
    pipeline: Pipeline, digest: Digest, real_month: str
) -> None:
    assert pipeline.digest(real_month, abstract=False) == digest.model_copy(update={"abstract": None})


def test_items_classified_alone_score_as_in_the_digest(pipeline: Pipeline, digest: Digest) -> None:
    asked: list[ClassifyRequest] = []
    expected: list[DigestItem] = []
    heading, previous = "", ""
    for title, item in (*national_items(digest), *provincial_items(digest)):
        previous = previous if title == heading else ""
        asked.append(ClassifyRequest(item.text, title, previous))
        expected.append(item)
        heading, previous = title, item.text
    for found, item in zip(pipeline.classify(asked), expected, strict=True):
        assert found.text == item.text
        assert found.scores == pytest.approx(item.scores, abs=0.02), item.text


def test_the_company_of_a_batch_shifts_no_score(pipeline: Pipeline, digest: Digest) -> None:
    asked = [ClassifyRequest(item.text, name) for name, item in provincial_items(digest)]
    together = pipeline.classify(asked)
    for request, found in list(zip(asked, together, strict=True))[::6]:
        (alone,) = pipeline.classify([request])
        assert alone.scores == pytest.approx(found.scores, abs=0.02), request.text


@pytest.mark.parametrize(
    ("text", "themes"),
    [
        ("省教育厅组织教育系统网络安全攻防演练,发现漏洞36个并督促整改。", {"network_security"}),
        ("省教育厅公布首批40所智慧校园标杆校名单。", {"smart_campus"}),
        ("省教育厅印发《关于做好教育移动互联网应用程序备案工作的通知》。", {"app_governance"}),
        ("省电教馆举办中小学校长信息化领导力培训班,共210人参训。", {"training"}),
        ("省教育厅公布2020年度中小学精品微课评选结果。", {"resources"}),
        ("省教育厅召开教育信息化“十四五”规划编制座谈会。", set()),
        ("省教育厅举办教育系统网络安全管理员培训班,共120人参训。", {"network_security", "training"}),
    ],
    ids=[*THEMES, "other", "two themes"],
)
def test_a_plain_item_gets_its_themes(pipeline: Pipeline, text: str, themes: set[str]) -> None:
    assert themes_of(one(pipeline, text)) == themes


PLAIN = (
    "3月6日,省教育厅组织浙江省教育系统网络安全攻防演练,65家单位参演。",
    "浙江在杭州市举办中小学校长信息化领导力培训班,共210人参训。",
    "公布浙江省首批40所智慧校园标杆校名单。",
    "浙江省完成3200款教育APP备案。",
    "评选2020年度浙江省精品微课500节。",
)


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize(("province", "city"), [("四川", "成都"), ("新疆", "喀什"), ("上海", "浦东")])
def test_another_province_changes_no_theme(pipeline: Pipeline, text: str, province: str, city: str) -> None:
    moved = text.replace("浙江", province).replace("杭州", city)
    assert themes_of(one(pipeline, moved, province)) == themes_of(one(pipeline, text, "浙江")) != set()


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize("digit", ["1", "7"])
def test_other_numbers_change_no_theme(pipeline: Pipeline, text: str, digit: str) -> None:
    assert themes_of(one(pipeline, re.sub(r"\d", digit, text))) == themes_of(one(pipeline, text))


@pytest.mark.parametrize(
    ("without", "added", "theme"),
    [
        ("召开教育信息化工作会。", "召开教育信息化工作培训会。", "training"),
        ("召开教育信息化工作会议。", "召开教育系统网络安全工作会议。", "network_security"),
        ("公布首批示范校名单。", "公布首批智慧校园示范校名单。", "smart_campus"),
        ("开展自查工作。", "开展教育APP备案自查工作。", "app_governance"),
        ("公布年度评选结果。", "公布年度微课评选结果。", "resources"),
    ],
)
def test_words_of_a_theme_make_it_likelier(pipeline: Pipeline, without: str, added: str, theme: str) -> None:
    assert one(pipeline, added).scores[theme] > one(pipeline, without).scores[theme]


def test_a_traditional_copy_has_the_same_themes(pipeline: Pipeline, digest: Digest) -> None:
    traditional = OpenCC("s2t")
    items = [(name, item) for name, item in provincial_items(digest)]
    asked = [ClassifyRequest(traditional.convert(item.text), traditional.convert(n)) for n, item in items]
    plain = pipeline.classify([ClassifyRequest(item.text, name) for name, item in items])
    for request, found, before in zip(asked, pipeline.classify(asked), plain, strict=True):
        assert found.text == request.text
        assert themes_of(found) == themes_of(before), request.text


def test_a_full_width_copy_has_the_same_digest_but_for_its_texts(
    pipeline: Pipeline, digest: Digest, real_month: str
) -> None:
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {ord(" "): 0x3000}
    copy = pipeline.digest(real_month.translate(wide), abstract=False)
    assert [entry.span for entry in copy.entries] == [entry.span for entry in digest.entries]
    assert [entry.themes for entry in copy.entries] == [entry.themes for entry in digest.entries]
    assert [
        topic.items[0].scores for section in copy.sections for topic in section.topics if topic.items
    ] == [topic.items[0].scores for section in digest.sections for topic in section.topics if topic.items]


@pytest.mark.parametrize("layout", ["traditional", "full-width"])
def test_other_writings_of_a_bulletin_are_digested(pipeline: Pipeline, layout: str) -> None:
    text = (LAYOUTS / f"{layout}.txt").read_text("utf-8")
    digest = pipeline.digest(text)
    assert digest.abstract is not None
    assert digest.abstract.sentences
    sources = sources_of(digest)
    for sentence in digest.abstract.sentences:
        assert unsupported(sentence.text, [sources[ident] for ident in sentence.sources]) == ()


def test_text_that_a_layout_broke_is_read_unbroken(pipeline: Pipeline) -> None:
    broken = one(pipeline, "省教育厅组织教育系统网\r\n络安全攻防演\n练。")
    assert broken.scores == one(pipeline, "省教育厅组织教育系统网络安全攻防演练。").scores


FILLER = "全省各市县教育行政部门认真学习会议精神,总结全年工作,研究下一年度重点任务和经费安排,"


@pytest.mark.parametrize(
    ("closing", "theme"),
    [
        ("并组织教育系统网络安全攻防演练,整改漏洞36个。", "network_security"),
        ("并公布首批40所智慧校园示范校。", "smart_campus"),
        ("并完成3200款教育移动应用程序备案。", "app_governance"),
        ("并举办中小学校长信息化领导力培训班,培训校长210人。", "training"),
        ("并评选精品微课500节。", "resources"),
    ],
    ids=THEMES,
)
def test_a_theme_told_only_at_the_end_of_a_long_item_is_found(
    pipeline: Pipeline, closing: str, theme: str
) -> None:
    long = FILLER * 50 + closing
    assert len(long) > 2000
    assert themes_of(one(pipeline, FILLER * 50)) == set()
    assert theme in themes_of(one(pipeline, long))


def test_one_long_item_does_not_change_its_neighbours(pipeline: Pipeline) -> None:
    short = ClassifyRequest(PLAIN[0], "浙江")
    alone, beside = pipeline.classify([short]), pipeline.classify([ClassifyRequest(FILLER * 50), short])
    assert beside[1].scores == pytest.approx(alone[0].scores, abs=0.02)


def test_a_bulletin_of_one_province(pipeline: Pipeline) -> None:
    digest = pipeline.digest("2020年5月教育信息化和网络安全工作月报\n★各地工作动态\n青海 省教育厅印发通知。")
    assert [entry.province for entry in digest.entries] == ["青海"]
    assert len(digest.missing) == len(OFFICIAL_ORDER) - 1
    assert digest.abstract is not None
    (sentence,) = digest.abstract.sentences
    assert (sentence.kind, sentence.sources) == ("provincial", ("青海.1",))
    assert sentence.text.startswith("青海")


def test_a_province_that_reports_twice_keeps_its_items_apart(pipeline: Pipeline) -> None:
    digest = pipeline.digest((LAYOUTS / "province-twice.txt").read_text("utf-8"))
    idents = [item.id for _, item in provincial_items(digest)]
    assert len(set(idents)) == len(idents)
    assert digest.warnings


@pytest.mark.parametrize(("text", "error"), [("", EmptyTextError), ("你好", NotABulletinError)])
def test_what_is_no_bulletin_is_refused(pipeline: Pipeline, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        pipeline.digest(text)


def test_nothing_to_classify_is_nothing_classified(pipeline: Pipeline) -> None:
    assert pipeline.classify([]) == []


def test_an_item_without_a_known_character_is_other_or_asks_for_review(pipeline: Pipeline) -> None:
    for text in ("𠀀𠀁", "。", "hello"):
        found = one(pipeline, text, heading="")
        assert found.themes == () or found.review


class EvenClassifier:
    """Gives every item the same probabilities: a fake at the engine's seam."""

    themes = THEMES

    def readings(self, requests: list[ClassifyRequest]) -> Readings:
        return Readings(np.full((len(requests), len(THEMES)), 0.1), np.zeros((len(requests), 4), np.float32))


class SilentWriter:
    def write(self, units: list[object]) -> list[list[str]]:
        return [[] for _ in units]


def even_pipeline(pipeline: Pipeline) -> Pipeline:
    return Pipeline(open_bundle(), pipeline.taxonomy, EvenClassifier(), SilentWriter())  # type: ignore[arg-type]


@pytest.mark.parametrize(("items", "drafted"), [(MOST_DRAFTED, True), (MOST_DRAFTED + 1, False)])
def test_of_too_many_items_no_abstract_is_drafted_and_a_warning_says_so(
    pipeline: Pipeline, items: int, drafted: bool
) -> None:
    text = "2020年5月教育信息化月报\n★各地工作动态\n青海 " + "召开会议。" * items
    digest = even_pipeline(pipeline).digest(text)
    assert len(digest.entries[0].items) == items
    assert (digest.abstract is not None) == drafted
    said = ("事项超过1000个,没有起草摘要;请确认给出的是一期月报。",)
    assert digest.warnings == (() if drafted else said)
    assert even_pipeline(pipeline).digest(text, abstract=False).warnings == ()


def linked(folder: Path) -> Path:
    """The shipped bundle by links, with a manifest of its own to change."""
    shipped = builtin()
    for path in shipped.rglob("*"):
        target = folder / path.relative_to(shipped)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            target.symlink_to(path)
    raw = (folder / MANIFEST).read_text("utf-8")
    (folder / MANIFEST).unlink()
    (folder / MANIFEST).write_text(raw, "utf-8")
    return folder


def test_a_bundle_whose_parts_were_not_made_for_each_other_does_not_open(tmp_path: Path) -> None:
    folder = linked(tmp_path / "bundle")
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    pair = manifest["planner"]["pair"]
    for field in ("mean", "scale", "weights"):
        pair[field] = pair[field][:-1]
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(BundleError) as caught:
        Pipeline.open(folder)
    found = str(caught.value)
    assert re.fullmatch(rf"模型包 {folder} 的各部分配不到一起\(.+\);请换用本版本的模型包。", found), found


def test_a_copy_of_the_bundle_gives_the_same_digest(tmp_path: Path, digest: Digest, real_month: str) -> None:
    assert Pipeline.open(linked(tmp_path / "bundle"), threads=2).digest(real_month) == digest
