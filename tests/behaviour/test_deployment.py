"""deploy/ and docs/deployment.md against the program that they deploy."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.reference import counted
from service.settings import PREFIX, Settings
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "deployment.md").read_text("utf-8")
IMAGE = (ROOT / "Dockerfile").read_text("utf-8")
SETTINGS = {PREFIX + name.upper() for name in Settings.model_fields}
# What compose.yaml alone reads.
OF_COMPOSE = {"YUEBAO_ADDRESS", "YUEBAO_MEMORY"}
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def settings_in(text: str) -> set[str]:
    return set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", text))


@pytest.mark.parametrize("path", [*sorted(DEPLOY.iterdir()), ROOT / "Dockerfile"], ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    if path.name not in (".env", "service.env", "prometheus.key"):
        assert settings_in(path.read_text("utf-8")) - SETTINGS - OF_COMPOSE == set()


def test_the_page_names_settings_files_and_sections_that_exist() -> None:
    assert settings_in(PAGE) - SETTINGS - OF_COMPOSE == set()
    for link in re.findall(r"\]\(([^)]+)\)", PAGE):
        if link.startswith("#"):
            assert f"\n## {link[1:]}\n" in PAGE
        else:
            assert (ROOT / "docs" / link.partition("#")[0]).is_file()
    made = {"deploy/prometheus.key", "deploy/.env", "deploy/service.env"}
    named = set(re.findall(r"\b(?:deploy|scripts)/[\w.-]*\w", PAGE))
    assert [one for one in sorted(named - made) if not (ROOT / one).exists()] == []


def test_the_example_holds_every_variable_of_the_compose_file() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text("utf-8")))
    example = set(re.findall(r"^#?(\w+)=", (DEPLOY / "example.env").read_text("utf-8"), re.MULTILINE))
    assert example == asked


def test_the_compose_file_fits_the_image() -> None:
    service = COMPOSE["services"]["yuebao"]
    (exposed,) = re.findall(r"^EXPOSE (\d+)$", IMAGE, re.MULTILINE)
    (volume,) = re.findall(r"^VOLUME (\S+)$", IMAGE, re.MULTILINE)
    assert [one.rpartition(":")[2] for one in service["ports"]] == [exposed]
    assert [one.rpartition(":")[2] for one in service["volumes"]] == [volume]
    assert f"YUEBAO_HOME={volume}" in IMAGE


def test_prometheus_asks_the_service_that_the_compose_file_has() -> None:
    (job,) = yaml.safe_load((DEPLOY / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    ((target,),) = [one["targets"] for one in job["static_configs"]]
    name, _, port = target.partition(":")
    assert COMPOSE["services"][name]["ports"][0].endswith(f":{port}")
    assert job["authorization"]["credentials_file"] == f"/run/secrets/{next(iter(COMPOSE['secrets']))}"
    mounted = [one.split(":")[0] for one in COMPOSE["services"]["prometheus"]["volumes"] if one[0] == "."]
    assert all((DEPLOY / one).is_file() for one in mounted)


def test_alerts_ask_for_metrics_that_there_are() -> None:
    samples = {sample.name for metric in counted().registry.collect() for sample in metric.samples}
    rules = yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
    asked = {name for rule in rules for name in re.findall(r"yuebao_\w+", rule["expr"])}
    assert asked
    assert asked - samples == set()


def test_a_wheelhouse_is_not_written_over(tmp_path: Path) -> None:
    ran = subprocess.run(
        [ROOT / "scripts" / "wheelhouse.sh", tmp_path], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr == f"{tmp_path} is there already: name a folder that is not\n"
