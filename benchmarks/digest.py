"""A whole month, from text to digest, with everything loaded."""

from pathlib import Path

from benchmarks.results import Result, seconds
from models.pipeline import Pipeline


def measure(bundle: Path | None, bulletin: Path, threads: int, repeats: int) -> list[Result]:
    """Seconds of a digest, warm, and of its part without an abstract."""
    pipeline = Pipeline.open(bundle, threads=threads)
    text = bulletin.read_text(encoding="utf-8")
    drafted = pipeline.digest(text)
    whole = tuple(seconds(lambda: pipeline.digest(text)) for _ in range(repeats))
    without = tuple(seconds(lambda: pipeline.digest(text, abstract=False)) for _ in range(repeats))
    sentences = len(drafted.abstract.sentences) if drafted.abstract else 0
    note = f"{bulletin.name}: {len(text)} characters, {len(drafted.entries)} entries, {sentences} sentences drafted"
    return [
        Result(name="digest of a month, warm", unit="s", ours=whole, higher_is_better=False, note=note),
        Result(name="the same without an abstract", unit="s", ours=without, higher_is_better=False),
    ]
