"""The settings: read from the environment, refused when unknown or out of range."""

from pathlib import Path

import pytest

from bulletin import forms
from service.errors import SettingsError
from service.settings import Settings, load


def test_nothing_set_gives_the_defaults() -> None:
    assert load({"PATH": "/bin", "HOME": "/"}) == Settings()


def test_environment_sets_and_the_command_line_wins() -> None:
    environ = {"YUEBAO_PORT": "9000", "YUEBAO_HOST": "0.0.0.0", "YUEBAO_BUNDLE": "/models/a"}
    found = load(environ, port=8001, host=None)
    assert (found.port, found.host, found.bundle) == (8001, "0.0.0.0", Path("/models/a"))


def test_every_problem_is_told_at_once() -> None:
    environ = {"YUEBAO_PRT": "1", "YUEBAO_PORT": "http", "YUEBAO_THREADS": "0", "Yuebao_Host": "x"}
    with pytest.raises(SettingsError) as raised:
        load(environ)
    assert str(raised.value) == "\n".join(
        (
            "设置有误:",
            "  YUEBAO_PRT:没有这个设置:是不是 YUEBAO_PORT;全部设置见 docs/reference.md",
            "  Yuebao_Host:请全部用大写",
            "  YUEBAO_PORT=http:应是整数",
            "  YUEBAO_THREADS=0:最小是 1",
        )
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("YUEBAO_PROT", ":是不是 YUEBAO_PORT"),
        ("YUEBAO_MAX_PAGES", ":是不是 YUEBAO_MAX_PDF_PAGES"),
        ("YUEBAO_X", ""),
    ],
)
def test_an_unknown_setting_is_told_with_the_nearest_ones_alone(name: str, meant: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load({name: "1"})
    first, second = str(raised.value).split("\n")[1], "没有这个设置"
    assert first.startswith(f"  {name}:{second}{meant}")
    assert first.endswith(";全部设置见 docs/reference.md")


def test_a_value_is_told_by_the_name_it_was_given_under() -> None:
    with pytest.raises(SettingsError) as raised:
        load({"YUEBAO_THREADS": "0", "YUEBAO_PORT": "8000"}, port=70000, workers=0)
    assert str(raised.value).split("\n")[1:] == [
        "  --port 70000:最大是 65535",
        "  YUEBAO_THREADS=0:最小是 1",
        "  --workers 0:最小是 1",
    ]


def test_what_is_for_clients_does_not_keep_a_server_from_starting() -> None:
    assert load({"YUEBAO_URL": "http://127.0.0.1:8000", "YUEBAO_API_KEY": "yb_1"}) == Settings()


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("CORS_ORIGINS", "a.gov.cn", forms.ORIGINS.words),
        ("ALLOWED_HOSTS", "https://a.gov.cn", forms.HOSTS.words),
        ("LOG_LEVEL", "loud", "应是 'critical'、'error'、'warning'、'info'、'debug'"),
        ("WATCH_S", "0", "要大于 0"),
        ("REQUIRE_KEYS", "也许", "应是 true 或 false"),
        ("HOST", "", "不能为空"),
        ("JOB_KEEP_DAYS", "1.5", "应是整数"),
    ],
)
def test_a_bad_value_is_told_with_the_form_that_is_wanted(name: str, given: str, told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load({f"YUEBAO_{name}": given})
    assert str(raised.value) == f"设置有误:\n  YUEBAO_{name}={given}:{told}"
