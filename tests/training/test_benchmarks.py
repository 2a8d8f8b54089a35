import json
from pathlib import Path

import pytest

from benchmarks.results import BenchmarkError, Result, side_by_side, table, to_json
from benchmarks.workload import checkpoint, requests, units

RATE = Result("classifier", "items/s", (100.0, 300.0, 200.0), True, "pipeline", (50.0, 40.0, 60.0), "9 items")
DURATION = Result("digest", "s", (2.0, 1.0, 4.0), False, "other", (8.0,))
ALONE = Result("memory", "MiB", (228.0,), False)


def test_a_ratio_says_how_many_times_better_by_medians() -> None:
    assert (RATE.ratio, DURATION.ratio, ALONE.ratio) == (4.0, 4.0, None)


def test_the_table_shows_medians() -> None:
    assert table([RATE, ALONE]).split("\n") == [
        "| | median | peer | peer's median | ratio | |",
        "|---|---:|---|---:|---:|---|",
        "| classifier | 200 items/s | pipeline | 50 items/s | 4.0x | 9 items |",
        "| memory | 228 MiB |  |  |  |  |",
    ]


def test_the_file_keeps_every_repeat() -> None:
    found = json.loads(to_json([RATE], threads=2, repeats=3))
    assert (found["threads"], found["repeats"]) == (2, 3)
    assert found["results"][0]["runs"] == [100.0, 300.0, 200.0]
    assert found["results"][0]["peer_median"] == 50.0


def test_both_sides_are_called_in_turn_after_a_warm_up() -> None:
    calls: list[str] = []
    ours, peer = side_by_side(lambda: calls.append("ours"), lambda: calls.append("peer"), 2)
    assert calls == ["ours", "peer"] * 3
    assert (len(ours), len(peer)) == (2, 2)


def test_a_missing_checkpoint_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError) as refused:
        checkpoint(tmp_path, "writer")
    assert str(refused.value) == (
        f"{tmp_path / 'writer'}: no checkpoint there, and the repository holds none (it is the model before int8). "
        "`make bundle` writes it to runs/bundle/checkpoints; name another folder with --checkpoints."
    )


def test_the_work_is_some_hundreds_of_items_and_tens_of_sentences() -> None:
    assert len(requests()) > 200
    assert all(request.heading and request.text for request in requests())
    assert len(units()) > 50
    assert all(units())
