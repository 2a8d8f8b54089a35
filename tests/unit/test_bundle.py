"""A bundle opens whole or not at all, and says why."""

import hashlib
import io
import json
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bulletin.errors import BundleError
from models.bundle import MANIFEST, Bundle, BundleInfo, builtin, content, open_bundle
from models.classifier import Classifier
from models.encoding import read_tokenizer
from models.lexical import LexicalModel
from models.pipeline import Pipeline
from models.writer import Writer

LINEAR = {"mean": [0.0], "scale": [1.0], "weights": [1.0], "bias": 0.0}
MANIFEST_FIELDS: dict[str, Any] = {
    "format": 2,
    "version": "test-1",
    "created": "2024-01-02T03:04:05+00:00",
    "yuebao": "0.1.0",
    "base_model": "a small encoder",
    "taxonomy": "1",
    "themes": [{"id": "training", "calibration": {"scale": 1.0, "shift": 0.0}, "threshold": 0.4}],
    "review_margin": 0.1,
    "lexical_weight": 0.3,
    "max_tokens": 512,
    "writer": {"max_source": 320},
    "planner": {"national": LINEAR, "joint": LINEAR, "pair": LINEAR, "group": LINEAR},
    "data": {"2020-01": "00"},
    "recipe": {"epochs": 2},
    "metrics": {"macro_f1": 0.9},
}


def write_manifest(folder: Path, **changes: object) -> None:
    """A manifest that names the files in `folder` as they are."""
    fields = {**MANIFEST_FIELDS, "files": content(folder), **changes}
    (folder / MANIFEST).write_text(json.dumps(fields, ensure_ascii=False), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle of three files that are no models."""
    path = tmp_path / "bundle"
    (path / "writer").mkdir(parents=True)
    (path / "lexical.npz").write_bytes(b"lexical")
    (path / "tokenizer.json").write_text("{}")
    (path / "writer" / "model.bin").write_bytes(b"writer")
    write_manifest(path)
    return path


def refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        open_bundle(folder)
    return str(caught.value)


def test_a_whole_bundle_opens_and_describes_itself(folder: Path) -> None:
    bundle = open_bundle(folder)
    assert bundle.file("writer/model.bin") == folder / "writer" / "model.bin"
    assert bundle.info == BundleInfo(
        version="test-1",
        path=folder,
        created="2024-01-02T03:04:05+00:00",
        base_model="a small encoder",
        taxonomy="1",
        thresholds={"training": 0.4},
        metrics={"macro_f1": 0.9},
    )


def test_a_part_is_served_by_its_own_file_where_it_has_one_and_else_by_the_roots(folder: Path) -> None:
    (folder / "writer" / "tokenizer.json").write_text("{}")
    write_manifest(folder)
    bundle = open_bundle(folder)
    assert bundle.nearest("writer", "tokenizer.json") == "writer/tokenizer.json"
    assert bundle.nearest("classifier", "tokenizer.json") == "tokenizer.json"


def test_the_builtin_bundle_lies_beside_the_code() -> None:
    assert builtin() == Path(__file__).parents[2] / "models" / "builtin"


def test_content_is_the_sha256_of_every_file_but_the_manifest(folder: Path) -> None:
    assert content(folder) == {
        "lexical.npz": hashlib.sha256(b"lexical").hexdigest(),
        "tokenizer.json": hashlib.sha256(b"{}").hexdigest(),
        "writer/model.bin": hashlib.sha256(b"writer").hexdigest(),
    }


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none"
    assert refusal(path) == (
        f"模型包 {path} 打不开 manifest.json(没有这个文件或文件夹:{path}/manifest.json);请检查路径。"
    )


def test_a_manifest_that_is_no_text(folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b"\xff\xfe\x00")
    assert refusal(folder) == (
        f"模型包 {folder} 打不开 manifest.json(第 1 个字节起不是 UTF-8 编码);请检查路径。"
    )


def test_a_manifest_that_is_no_json(folder: Path) -> None:
    (folder / MANIFEST).write_text("{")
    assert refusal(folder) == (
        f"模型包 {folder} 的 manifest.json 读不懂:第 1 行第 1 列:没有写完就结束了;请换用本版本的模型包。"
    )


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"format": 1}, "format:应是 2"),
        ({"engine": "x"}, "engine:没有这一项"),
        (
            {"writer": {"max_source": 320, "temperature": 1}},
            "writer.temperature:没有这一项",
        ),
        (
            {"themes": [{**MANIFEST_FIELDS["themes"][0], "threshold": 1.0}]},
            "themes.0.threshold:要小于 1",
        ),
        (
            {"planner": {**MANIFEST_FIELDS["planner"], "pair": {"bias": 0.0}}},
            "planner.pair.mean:缺少这一项",
        ),
    ],
    ids=["format", "unknown key", "unknown key inside", "threshold", "missing key"],
)
def test_a_manifest_that_breaks_its_rules(folder: Path, changes: dict[str, object], what: str) -> None:
    write_manifest(folder, **changes)
    assert refusal(folder) == f"模型包 {folder} 的 manifest.json 读不懂:{what};请换用本版本的模型包。"


def test_a_missing_file(folder: Path) -> None:
    (folder / "lexical.npz").unlink()
    assert refusal(folder) == f"模型包 {folder} 缺少文件 ['lexical.npz'];请重新取得模型包。"


@pytest.mark.parametrize("name", ["strange.pkl", "writer/strange.bin", "writer/manifest.json"])
def test_a_file_that_the_manifest_does_not_name(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"")
    assert refusal(folder) == f"模型包 {folder} 里有清单外的文件 ['{name}'];请删去或换用完整的模型包。"


@pytest.mark.parametrize("name", ["lexical.npz", "tokenizer.json", "writer/model.bin"])
def test_any_file_that_was_changed(folder: Path, name: str) -> None:
    changed = bytearray((folder / name).read_bytes())
    changed[0] ^= 1
    (folder / name).write_bytes(changed)
    assert refusal(folder) == (
        f"模型包 {folder} 的文件 ['{name}'] 与清单的校验值不符,可能已损坏;请重新取得模型包。"
    )


def test_a_file_outside_the_folder_is_none_of_the_bundle(folder: Path) -> None:
    (folder.parent / "outside").write_bytes(b"x")
    digest = hashlib.sha256(b"x").hexdigest()
    write_manifest(folder, files={**content(folder), "../outside": digest})
    assert refusal(folder) == f"模型包 {folder} 缺少文件 ['../outside'];请重新取得模型包。"


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    (folder / "lexical.npz").unlink()
    (folder / "lexical.npz").symlink_to("/proc/self/mem")
    assert refusal(folder) == (f"模型包 {folder} 读不出来(磁盘读写出错);请检查权限和磁盘。")


def test_a_file_that_the_manifest_does_not_name_is_not_handed_out(folder: Path) -> None:
    with pytest.raises(BundleError) as caught:
        open_bundle(folder).file("classifier/model.bin")
    assert str(caught.value) == f"模型包 {folder} 没有文件 classifier/model.bin;请换用完整的模型包。"


def npz(**arrays: object) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **{name: np.asarray(value) for name, value in arrays.items()})
    return buffer.getvalue()


def single_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.arange(3))
    return buffer.getvalue()


GRAMS = np.frombuffer("网\n安".encode(), np.uint8)
PICKLE_REFUSED = "Object arrays cannot be loaded when allow_pickle=False"


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (npz(grams=np.array([{}], dtype=object)), PICKLE_REFUSED),
        (npz(grams=GRAMS, idf=np.array([None, 1.0])), PICKLE_REFUSED),
        (
            pickle.dumps(["网"] * 50),
            "This file contains pickled (object) data. If you trust the file you can load it unsafely using the "
            "`allow_pickle=` keyword argument or `pickle.load()`.",
        ),
        (b"", "No data left in file"),
        (b"PK\x03\x04 no archive", "File is not a zip file"),
        (npz(other=[1.0]), "'grams is not a file in the archive'"),
        (single_array(), "'numpy.ndarray' object does not support the context manager protocol"),
        (
            npz(grams=GRAMS, idf=np.ones(3), weights=np.ones((2, 1)), bias=np.ones(1)),
            "arrays do not fit together: grams (2,), idf (3,), weights (2, 1), bias (1,)",
        ),
    ],
    ids=["pickled", "pickled in part", "pickle", "empty", "no archive", "no arrays", "one array", "shapes"],
)
def test_a_lexical_model_that_is_none(folder: Path, raw: bytes, what: str) -> None:
    (folder / "lexical.npz").write_bytes(raw)
    write_manifest(folder)
    with pytest.raises(BundleError) as caught:
        open_bundle(folder).load("lexical.npz", LexicalModel.load)
    assert str(caught.value) == f"模型包 {folder} 的 lexical.npz 读不了({what});请重新取得模型包。"


def test_nothing_is_unpickled(folder: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    class Touch:
        def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
            return os.mkdir, (trace,)

    (folder / "lexical.npz").write_bytes(npz(grams=np.array([Touch()], dtype=object)))
    write_manifest(folder)
    with pytest.raises(BundleError):
        open_bundle(folder).load("lexical.npz", LexicalModel.load)
    assert not trace.exists()


def test_a_tokenizer_that_is_none(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"version":')
    write_manifest(folder)
    with pytest.raises(BundleError) as caught:
        open_bundle(folder).load("tokenizer.json", read_tokenizer)
    assert str(caught.value) == (
        f"模型包 {folder} 的 tokenizer.json 读不了(EOF while parsing a value at line 1 column 11);"
        "请重新取得模型包。"
    )


def complete(folder: Path, *, but: str = "", raw: bytes = b"") -> Bundle:
    """The bundle in `folder` with every file that the engines ask for, one of them given."""
    (folder / "classifier").mkdir()
    for name in ("classifier/model.bin", "classifier/head.npz", "writer/vmap.txt", "themes.toml"):
        (folder / name).write_bytes(b"")
    if but:
        (folder / but).write_bytes(raw)
    write_manifest(folder)
    return open_bundle(folder)


def test_a_classifier_that_is_none(folder: Path) -> None:
    bundle = complete(folder, but="classifier/model.bin", raw=b"no model")
    with pytest.raises(BundleError) as caught:
        Classifier(bundle, threads=1)
    found = str(caught.value)
    assert re.fullmatch(
        rf"模型包 {folder} 的 classifier/model\.bin 读不了\(.+\);请重新取得模型包。", found, re.DOTALL
    )


def test_a_writer_that_is_none(folder: Path) -> None:
    with pytest.raises(BundleError) as caught:
        Writer(complete(folder), threads=1)
    found = str(caught.value)
    assert re.fullmatch(
        rf"模型包 {folder} 的 writer/model\.bin 读不了\(.+\);请重新取得模型包。", found, re.DOTALL
    )


def test_a_writer_without_its_vocabulary_map(folder: Path) -> None:
    with pytest.raises(BundleError) as caught:
        Writer(open_bundle(folder), threads=1)
    assert str(caught.value) == f"模型包 {folder} 没有文件 writer/vmap.txt;请换用完整的模型包。"


def test_a_theme_table_that_is_none(folder: Path) -> None:
    complete(folder, but="themes.toml", raw=b"version = 1\n")
    table = folder / "themes.toml"
    with pytest.raises(BundleError) as caught:
        Pipeline.open(folder)
    assert str(caught.value) == (
        f"模型包 {folder} 的 themes.toml 读不了(主题表 {table}:缺少 version;"
        '请写成非空字符串,如 version = "1"。);请重新取得模型包。'
    )


def test_a_theme_table_of_other_themes(folder: Path) -> None:
    table = (
        'version = "1"\n[[themes]]\nid = "other"\nname = "其他"\nguidance = "其他工作"\nkeywords = ["会议"]\n'
    )
    complete(folder, but="themes.toml", raw=table.encode())
    with pytest.raises(BundleError) as caught:
        Pipeline.open(folder)
    assert str(caught.value) == f"模型包 {folder} 的主题表与清单不一致;请重新取得模型包。"
