"""The lexical model says what scikit-learn's pipeline says that it was made from."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.lexical import LexicalModel

pytest.importorskip("sklearn", reason="the extra `train` is not installed")
pytest.importorskip("torch", reason="the extra `train` is not installed")

from sklearn.pipeline import Pipeline

TEXTS = (
    "省教育厅组织教育系统网络安全攻防演练,参演单位65家。",
    "举办中小学校长信息化领导力研修班,共210人参训。",
    "公布首批40所智慧校园标杆校名单,推进 IPv6 部署。",
    "举办网络安全管理员培训班,讲解IPV6和漏洞整改。",
    "开展教育APP备案,清理  有害app。",
    "公布年度精品微课500节。",
)
THEMES = np.array([[1, 0], [0, 1], [0, 0], [1, 1], [0, 0], [0, 0]])
UNSEEN = (
    "组织网络安全培训。",
    "教育  APP  备案",
    "教育\t\nAPP\u3000备案",
    "部署ipv6和IPv6,IPV6",
    "ſtraße ΑΣ İstanbul",
    "鬱鬱蔥蔥",
    "安",
    "",
    "网络安全" * 200,
)


LONGEST, STRENGTH = 4, 30.0


@pytest.fixture(scope="module")
def fitted() -> Pipeline:
    from training.lexical import tfidf_pipeline

    return tfidf_pipeline(LONGEST, STRENGTH).fit(TEXTS, THEMES)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LexicalModel:
    from training import lexical

    path = tmp_path_factory.mktemp("lexical") / "lexical.npz"
    lexical.save(lexical.fit(TEXTS, THEMES, LONGEST, STRENGTH), path)
    return LexicalModel.load(path)


def expected(fitted: Pipeline, texts: tuple[str, ...]) -> NDArray[np.float64]:
    features = fitted[0].transform(texts)
    return np.stack([one.decision_function(features) for one in fitted[-1].estimators_], axis=1)


@pytest.mark.parametrize("text", [*TEXTS, *UNSEEN])
def test_logits_are_those_of_scikit_learn(fitted: Pipeline, model: LexicalModel, text: str) -> None:
    found = model.logits([text])
    np.testing.assert_allclose(found, expected(fitted, (text,)), atol=1e-3 * np.abs(model.weights).max())


def test_texts_do_not_touch_each_other(model: LexicalModel) -> None:
    together = model.logits(UNSEEN)
    assert together.shape == (len(UNSEEN), 2)
    np.testing.assert_array_equal(together, np.concatenate([model.logits([text]) for text in UNSEEN]))


def test_a_text_without_a_known_character_has_the_bias_alone(model: LexicalModel) -> None:
    np.testing.assert_array_equal(model.logits(["鬱"]), model.bias[None].astype(np.float64))


def test_no_texts_give_no_rows(model: LexicalModel) -> None:
    assert model.logits([]).shape == (0, 2)


def test_arrays_are_read_as_they_were_saved(model: LexicalModel, fitted: Pipeline, tmp_path: Path) -> None:
    assert list(model.column) == list(fitted[0].get_feature_names_out())
    np.testing.assert_allclose(model.idf, fitted[0].idf_, rtol=1e-6)
    with pytest.raises(FileNotFoundError):
        LexicalModel.load(tmp_path / "none.npz")
