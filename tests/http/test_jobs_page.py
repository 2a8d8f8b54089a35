"""The commands of docs/jobs.md, run as they stand there against a server of our own."""

import json
import re
import subprocess
from pathlib import Path

import openpyxl

from tests.conftest import ROOT
from tests.http.conftest import TIMEOUT_S
from tests.http.jobs import month, until, zipped
from tests.http.trainings import Serve

(BLOCK,) = re.findall(
    r"^```sh\n(.*?)^```", (ROOT / "docs" / "jobs.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)


def test_the_commands_of_the_page_do_what_they_say(serve: Serve, tmp_path: Path) -> None:
    client = serve()
    (tmp_path / "三月.txt").write_bytes(month(3)[1])
    (tmp_path / "历年.zip").write_bytes(zipped(dict(map(month, (1, 2)))))
    ask, *others = BLOCK.replace("http://127.0.0.1:8000", str(client.base_url)).splitlines()

    def said(*commands: str) -> str:
        script = "\n".join(commands)
        done = subprocess.run(
            ["bash", "-ec", script],
            cwd=tmp_path,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=True,
            text=True,
        )
        return done.stdout

    job = said(ask, "echo $job").strip()
    assert job == f"/v1/jobs/{json.loads((tmp_path / '任务.json').read_text('utf-8'))['id']}"
    until(client, job.removeprefix("/v1/jobs/"))
    answers = re.findall(r"\{.*?\}(?=\{|$)", said(f"job={job}", *others))
    progress, listed, cancelled = map(json.loads, answers)
    assert (progress["state"], progress["done"], listed["jobs"]) == ("done", 3, [progress])
    assert cancelled == progress
    results = [json.loads(line) for line in (tmp_path / "结果.jsonl").read_text("utf-8").splitlines()]
    assert [one["digest"]["month"] for one in results] == ["2021-03", "2021-01", "2021-02"]
    assert openpyxl.load_workbook(tmp_path / "结果.xlsx").sheetnames == ["文件", "事项"]
