"""How far a training is: what it writes, and what the service reads of it."""

from pathlib import Path

import pytest

from service.schemas import TrainingProgress
from service.trainings.files import TrainingFiles
from training.progress import Progress, ProgressFile, paced


@pytest.fixture
def files(tmp_path: Path) -> TrainingFiles:
    return TrainingFiles(tmp_path)


def test_every_so_many_steps_and_the_last_are_told() -> None:
    told: list[Progress] = []
    show = paced("classifier", told.append, every=4)
    for step in range(1, 11):
        show(step, 10, 1 / step)
    assert [one.step for one in told] == [4, 8, 10]
    assert told[-1] == Progress("classifier", 10, 10, 0.1, 0.0)
    assert str(told[-1]) == "classifier: step 10/10, loss 0.1000, 0 s left"


def test_the_service_reads_what_the_training_writes(
    files: TrainingFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (files.progress(), files.done()) == (None, False)
    progress = ProgressFile(files.progress_file)
    progress.teller("decisions")(1, 1, 0.25)
    expected = TrainingProgress(phase="decisions", step=1, steps=1, loss=0.25, seconds_left=0.0)
    assert (files.progress(), files.done()) == (expected, False)
    assert capsys.readouterr().out == "decisions: step 1/1, loss 0.2500, 0 s left\n"
    progress.done("收下了 m-1")
    assert (files.progress(), files.done()) == (expected, True)


def test_a_line_that_is_only_half_there_is_waited_for(files: TrainingFiles) -> None:
    ProgressFile(files.progress_file).teller("decisions")(1, 1, 0.25)
    with files.progress_file.open("a") as file:
        file.write('{"phase": "classi')
    found = files.progress()
    assert found is not None
    assert (found.phase, files.done()) == ("decisions", False)
