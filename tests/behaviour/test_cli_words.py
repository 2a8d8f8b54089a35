"""What the command line says of itself and of how it was called is Chinese, whatever language the user's own is."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import polib
import pytest
import typer
from typer._click import Command
from typer._click.exceptions import ClickException
from typer.core import TyperGroup, _TyperParameter

from scripts.catalogue import SOURCE
from service import cli_words
from service.cli import app
from tests.conftest import ROOT

CATALOGUE = ROOT / SOURCE
TYPER = Path(str(resources.files("typer")))
# Pretty pages and tracebacks are turned off, and completion is not offered.
UNUSED = {
    "rich_utils.py",
    "completion.py",
    "_completion_classes.py",
    "_completion_shared.py",
    "cli.py",
    "testing.py",
}
# What typer says of a wrong call: told in other words by `cli_words`, or only of what yuebao does not use.
MET = {
    "Got unexpected extra argument(s) ({})",
    "Option {} does not take a value.",
    "Option {} requires {}",
}
NEVER_MET = {
    "Argument {} takes {} values.": "no argument takes a fixed number of values",
    "Value must be an iterable.": "values of several come from the command line, as lists",
    "Value {} is not a valid {}.": "every type is known to pydantic",
    "{} {} does not exist.": "no option checks its path",
    "{} {} is a file.": "no option checks its path",
    "{} {} is a directory.": "no option checks its path",
    "{} {} is not readable.": "the words of the program come first",
    "{} {} is not writable.": "no option checks its path",
    "'{}': {}": "no option opens a file",
}
RAISERS = {"fail", "UsageError", "BadParameter", "BadOptionUsage", "BadArgumentUsage"}


def yuebao(*arguments: str, **extra: str) -> tuple[int, str, str]:
    code = "import sys; sys.argv[0] = 'yuebao'; from service.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "100"} | extra
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, env=environment, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def sources() -> Iterator[ast.AST]:
    for path in sorted(TYPER.rglob("*.py")):
        if path.name not in UNUSED:
            yield from ast.walk(ast.parse(path.read_text("utf-8"), str(path)))


def template(node: ast.expr) -> str | None:
    """The text that `node` is, with {} for what is put into it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def given_to(*names: str) -> set[str]:
    """The texts that typer gives to functions or classes of these names."""
    found = (node for node in sources() if isinstance(node, ast.Call))
    named = [call for call in found if getattr(call.func, "id", getattr(call.func, "attr", "")) in names]
    texts = {template(argument) for call in named for argument in call.args}
    return {text for text in texts if text is not None}


def tree(command: Command) -> Iterator[tuple[tuple[str, ...], Command]]:
    yield (), command
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            for path, one in tree(below):
                yield (name, *path), one


COMMANDS = dict(tree(typer.main.get_command(app)))
PARAMETERS = [
    one for command in COMMANDS.values() for one in command.params if isinstance(one, _TyperParameter)
]


def test_the_catalogue_is_compiled() -> None:
    assert CATALOGUE.with_suffix(".mo").read_bytes() == polib.pofile(str(CATALOGUE)).to_binary()


def test_everything_that_typer_looks_up_is_translated() -> None:
    translated = {entry.msgid for entry in polib.pofile(str(CATALOGUE)).translated_entries()}
    assert given_to("_", "gettext", "ngettext", "pgettext") == translated


def test_translations_keep_what_stands_in_braces() -> None:
    for entry in polib.pofile(str(CATALOGUE)):
        assert re.findall(r"{.*?}", entry.msgid) == re.findall(r"{.*?}", entry.msgstr), entry.msgid


def test_everything_that_typer_says_of_a_wrong_call_is_known() -> None:
    assert given_to(*RAISERS) == MET | NEVER_MET.keys()


def test_what_is_never_met_is_not_used() -> None:
    assert [one.name for one in PARAMETERS if one.nargs not in (1, -1)] == []
    infos = [one.type_descriptor.parameter_info for one in PARAMETERS]
    assert [one for one in infos if one.exists or one.writable or not (one.file_okay and one.dir_okay)] == []
    assert [one.name for one in PARAMETERS if one.type_descriptor.is_file] == []
    assert [one.name for one in PARAMETERS if getattr(one, "prompt", None)] == []


def kinds(base: type[ClickException]) -> Iterator[type[ClickException]]:
    yield base
    for below in base.__subclasses__():
        yield from kinds(below)


def test_every_kind_of_wrong_call_is_known() -> None:
    # The two that are told in the words they bring, one that only wrong numbers of values raise, and one for files
    # that options open.
    assert {kind.__name__ for kind in kinds(ClickException)} == {
        *("ClickException", "UsageError", "BadArgumentUsage", "FileError", "NoArgsIsHelpError"),
        *("BadParameter", "MissingParameter", "NoSuchOption", "BadOptionUsage"),
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_no_english_is_left_on_a_help_page(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    cli_words.begin()
    command = cli_words.in_chinese(COMMANDS[path])
    page = command.get_help(command.context_class(command, info_name="yuebao"))
    assert page.startswith("用法:yuebao ")
    assert "显示这段说明" in page
    english = "Usage OPTIONS ARGS Arguments Options Commands Show [default required env <str <int <float <path list["
    assert [
        one for one in [*english.split(), "<Path"] if one in page and one not in (command.help or "")
    ] == []


@pytest.mark.parametrize(
    ("path", "usage"),
    [
        (("archive", "build"), "[月报…]"),
        (("archive", "report"), "[档案]"),
        (("classify",), "[文件…]"),
        (("labels", "import"), "{标注…}"),
        (("models", "show"), "[版本]"),
    ],
)
def test_what_may_be_left_out_stands_in_one_pair_of_brackets(path: tuple[str, ...], usage: str) -> None:
    cli_words.begin()
    command = cli_words.in_chinese(COMMANDS[path])
    page = command.get_help(command.context_class(command, info_name="yuebao"))
    assert page.splitlines()[0] == f"用法:yuebao [选项] {usage}"
    assert f"\n  {usage[1:-1]} <" in page


def test_a_help_page() -> None:
    assert yuebao("digest", "--help", LANG="en_US.UTF-8", LANGUAGE="en") == (
        0,
        "用法:yuebao digest [选项] {文件…}\n"
        "\n"
        "  把月报变成分类和摘要。\n"
        "\n"
        "参数:\n"
        "  文件… <文字…>  txt、html、docx 或 pdf;- 表示标准输入  [必填]\n"
        "\n"
        "选项:\n"
        "  -f, --format <json|markdown|docx|xlsx>\n"
        "                                  输出格式;不给则看 -o 的扩展名,没有则是 json\n"
        "  -o, --out <文字>                输出文件;多个输入时是文件夹\n"
        "  --no-abstract                   只归类,不起草摘要\n"
        "  --lang <zh|en>                  表头语言  [默认:zh]\n"
        "  --bundle <路径>                 模型包文件夹;不给则用当前版本\n"
        "  -h, --help                      显示这段说明\n",
        "",
    )


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_knows_the_short_name_of_help(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    cli_words.begin()
    command = cli_words.in_chinese(typer.main.get_command(app))
    pages = []
    for name in cli_words.HELP:
        assert command.main([*path, name], prog_name="yuebao", standalone_mode=False) == 0
        pages.append(capsys.readouterr().out)
    assert pages[0] == pages[1]
    assert pages[1].startswith(" ".join(("用法:yuebao", *path, "[选项]")))


def test_the_first_argument_of_train_is_needed_whatever_it_is() -> None:
    page = yuebao("train", "-h")[1]
    assert "classifier|writer|all|新版本名" in page
    assert "训练什么;是新版本名则训练分类器  [必填]" in page


DIGEST = "\n\n用法:yuebao digest [选项] {文件…}\n说明:yuebao digest --help\n"
ROOT_PAGE = "\n\n用法:yuebao [选项] 命令 [参数]…\n说明:yuebao --help\n"
SERVE = "\n\n用法:yuebao serve [选项]\n说明:yuebao serve --help\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("--nope", f"没有 --nope 这个选项{ROOT_PAGE}"),
        ("--versio", f"没有 --versio 这个选项:是不是 --version{ROOT_PAGE}"),
        ("nope", f"没有 'nope' 这个命令{ROOT_PAGE}"),
        ("serv", f"没有 'serv' 这个命令:是不是 'serve'{ROOT_PAGE}"),
        ("digest", f"缺少 文件…{DIGEST}"),
        ("digest a --format nope", f"--format / -f 不合要求:应是 json、markdown、docx、xlsx{DIGEST}"),
        ("digest a --no-abstract=1", "--no-abstract 不带值\n"),
        ("serve --port", "--port 后面要有值\n"),
        ("serve --port x", f"--port 不合要求:应是整数{SERVE}"),
        ("serve a b", f"多了 a b{SERVE}"),
        (
            "audit -n 0",
            "-n / --count 不合要求:最小是 1\n\n用法:yuebao audit [选项]\n说明:yuebao audit --help\n",
        ),
        (
            "keys add 张三",
            "缺少 --scope:可以是 read、correct、train、admin\n\n"
            "用法:yuebao keys add [选项] {名称}\n说明:yuebao keys add --help\n",
        ),
    ],
)
def test_a_wrong_call_is_told_with_the_mend(arguments: str, told: str) -> None:
    assert yuebao(*arguments.split(), LANG="de_DE.UTF-8", LANGUAGE="de") == (2, "", f"yuebao:{told}")


def test_without_a_command_the_help_page_is_told() -> None:
    code, out, told = yuebao()
    assert (code, out) == (2, "")
    assert told == yuebao("--help")[1]
