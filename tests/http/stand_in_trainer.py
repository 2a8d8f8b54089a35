"""In the place of `yuebao train`: tells of a step, then waits at a pipe to be told how to end."""

import json
import os
import sys
from pathlib import Path

part, version, *options, _, progress = sys.argv[1:]


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def tell(record: dict[str, object]) -> None:
    with Path(progress).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


say(f"开始 {' '.join([part, version, *options])},nice {os.nice(0)}")
tell({"phase": "classifier", "step": 25, "steps": 100, "loss": 0.5, "seconds_left": 30.0})
order = Path(os.environ["YUEBAO_HOME"], f"pipe-{version}").read_text("utf-8")
if order == "done":
    tell({"done": "收下了"})
elif order == "complain":
    say("yuebao:标注太少:training 只有 3 件;\n请再标注一些。")
    sys.exit(2)
else:
    os.abort()
