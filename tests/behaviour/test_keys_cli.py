"""`yuebao keys` and `yuebao audit`, run as their own processes beside a running server."""

import json
import os
import pwd
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from models.pipeline import Pipeline
from service.settings import Settings
from service.store.records import Scope
from tests.behaviour.test_cli import yuebao
from tests.behaviour.test_labels_cli import said
from tests.databases import ON_SQLITE, variables
from tests.fakes import KeywordDigester
from tests.http.conftest import running
from tests.keys import bearer, made, noted
from tests.unit.test_registry import bundle

ONCE = (
    "请现在记下来,以后不再显示。用法:Authorization: Bearer 密钥\n"
    "发过密钥的服务从此都要密钥,撤销了也要;改回来请设 YUEBAO_REQUIRE_KEYS=false\n"
)
HEADER = ["编号", "名称", "权限", "每分钟请求", "发于(UTC)", "到期(UTC)", "最近使用(UTC)", "状态"]
NONE_LEFT = "现在没有有效的密钥,接口谁也用不了:请再发一把,或设 YUEBAO_REQUIRE_KEYS=false\n"


def user() -> str:
    """Who runs this: a name, or in some containers a number that has none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


USER = f"{user()}(命令行)"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def settings(home: Path, database: str | None) -> Settings:
    return Settings(home=home, database=database)


def run(settings: Settings, *arguments: object) -> tuple[int, str, str]:
    chosen = variables(settings.database)
    return said(yuebao(*arguments, YUEBAO_HOME=str(settings.home), **chosen))


def keys(settings: Settings, *arguments: object) -> tuple[int, str, str]:
    return run(settings, "keys", *arguments)


def audit(settings: Settings, *arguments: object) -> list[str]:
    code, out, err = run(settings, "audit", *arguments)
    assert (code, err) == (0, "")
    return out.splitlines()


def events(settings: Settings, *arguments: object) -> list[list[str]]:
    header, *lines = audit(settings, *arguments)
    assert header == "时间(UTC)\t何人\t做了什么\t对什么\t地址\t请求编号"
    return [line.split("\t") for line in lines]


def listed(settings: Settings) -> list[list[str]]:
    """The keys, without the header."""
    code, out, err = keys(settings, "list")
    header, *lines = (line.split("\t") for line in out.splitlines())
    assert (code, err, header) == (0, "", HEADER)
    return lines


def test_a_key_is_shown_once_works_at_once_and_is_revoked_at_once(
    settings: Settings, pipeline: Pipeline
) -> None:
    began = datetime.now(UTC).date()

    def days() -> set[str]:
        """Those that this test has seen: it may run past midnight."""
        return {f"{began}", f"{datetime.now(UTC).date()}"}

    with running(settings, KeywordDigester(pipeline.info)) as client:

        def status(token: str) -> int:
            return client.get("/v1/themes", headers=bearer(token)).status_code

        code, out, err = keys(
            settings, "add", "信息中心", "--scope", "correct", "--scope", "read", "--days", 30
        )
        token = out.rstrip("\n")
        assert (code, err) == (0, ONCE)
        assert re.fullmatch(r"yb_[0-9a-f]{12}_[\w-]{43}", token)
        assert [status(token), client.get("/v1/themes").status_code] == [200, 401]
        (found,) = listed(settings)
        assert found[:4] == [token[3:15], "信息中心", "read、correct", "照设置"]
        assert {found[4], found[6]} <= days()
        expires = date.fromisoformat(found[4]) + timedelta(days=30)
        assert found[5].startswith(f"{expires} ")
        assert found[7:] == ["有效"]
        (line,) = keys(settings, "list", "--json")[1].splitlines()
        told = json.loads(line)
        assert (told["id"], told["name"], told["scopes"]) == (token[3:15], "信息中心", ["read", "correct"])
        assert (told["used"], told["revoked"], told["rate_per_minute"]) == (found[6], None, None)
        assert datetime.fromisoformat(told["expires"]).date() == expires
        assert token[16:] not in line
        assert token[16:] not in "".join(found)
        assert keys(settings, "revoke", "信息中心") == (0, "撤销了 信息中心\n", NONE_LEFT)
        assert status(token) == 401
    ((*_, state),) = listed(settings)
    assert state in {f"{day}撤销" for day in days()}


@ON_SQLITE
def test_a_key_may_have_its_own_rate_which_a_running_server_heeds_when_it_is_changed(
    settings: Settings, pipeline: Pipeline
) -> None:
    _, out, _ = keys(settings, "add", "张三", "--scope", "read", "--rate", 1)
    token = out.rstrip("\n")
    with running(
        settings.model_copy(update={"rate_per_minute": 2}), KeywordDigester(pipeline.info)
    ) as client:

        def statuses(count: int) -> list[int]:
            return [client.get("/v1/themes", headers=bearer(token)).status_code for _ in range(count)]

        assert [key[3] for key in listed(settings)] == ["1"]
        assert statuses(2) == [200, 429]
        assert keys(settings, "rate", "张三", 0) == (0, "张三:速率不限\n", "")
        assert [key[3] for key in listed(settings)] == ["不限"]
        assert statuses(100) == [200] * 100
        assert keys(settings, "rate", "张三", 1) == (0, "张三:每分钟 1 个请求\n", "")
        assert 429 in statuses(3)
        assert keys(settings, "rate", "张三", "--default") == (0, "张三:速率照设置\n", "")
        assert [key[3] for key in listed(settings)] == ["照设置"]
        assert 429 in statuses(4)
    assert [event[1:4] for event in events(settings) if event[2] in ("发密钥", "改速率")] == [
        [USER, "发密钥", "张三(read,每分钟 1 个请求)"],
        [USER, "改速率", "张三(速率不限)"],
        [USER, "改速率", "张三(每分钟 1 个请求)"],
        [USER, "改速率", "张三(速率照设置)"],
    ]


@ON_SQLITE
def test_a_rate_that_cannot_be_is_refused_and_changes_nothing(settings: Settings) -> None:
    made(settings.home, "张三", Scope.READ, rate=5, database=settings.database)
    unknown = "yuebao:没有叫 李四 的密钥:名称见 yuebao keys list\n"
    assert keys(settings, "rate", "李四", 1) == (2, "", unknown)
    one = "yuebao:请给出每分钟最多几个请求,或用 --default 改回照设置:两样只给一样\n"
    assert keys(settings, "rate", "张三") == (2, "", one)
    assert keys(settings, "rate", "张三", 1, "--default") == (2, "", one)
    assert keys(settings, "rate", "张三", 1_000_001)[0] == 2
    assert keys(settings, "add", "王五", "--scope", "read", "--rate", "-1")[0] == 2
    assert [key[1:4] for key in listed(settings)] == [["张三", "read", "5"]]
    assert noted(settings.home, settings.database) == []


@ON_SQLITE
def test_the_rate_of_a_revoked_key_stays_as_it_was(settings: Settings) -> None:
    made(settings.home, "张三", Scope.READ, rate=5, database=settings.database)
    keys(settings, "revoke", "张三")
    gone = "yuebao:密钥 张三 已经撤销,改不了速率:请用 yuebao keys add 换个名称另发一把\n"
    assert keys(settings, "rate", "张三", 1) == (2, "", gone)
    assert keys(settings, "rate", "张三", "--default") == (2, "", gone)
    assert [key[3] for key in listed(settings)] == ["5"]
    assert noted(settings.home, settings.database) == [("key-revoked", USER, "张三")]


@ON_SQLITE
def test_keys_that_cannot_be_are_refused(settings: Settings) -> None:
    made(settings.home, "张三", Scope.READ, database=settings.database)
    used = "yuebao:名称 张三 已经用过:审计里一个名称只指一把密钥,请换一个\n"
    assert keys(settings, "add", "张三", "--scope", "read") == (2, "", used)
    bad = "yuebao:密钥的名称要有字,不换行,最多 100 字\n"
    for name in (" ", "张\n三", "长" * 101):
        assert keys(settings, "add", name, "--scope", "read") == (2, "", bad)
    assert keys(settings, "revoke", "李四") == (2, "", "yuebao:没有叫 李四 的密钥:名称见 yuebao keys list\n")
    assert keys(settings, "add", "李四")[0] == 2
    assert keys(settings, "add", "李四", "--scope", "write")[0] == 2


@ON_SQLITE
def test_without_keys_the_list_says_how_to_make_one(settings: Settings) -> None:
    told = "还没有密钥;请用 yuebao keys add 名称 --scope read 发一把\n"
    assert keys(settings, "list") == (0, told, "")
    assert keys(settings, "list", "--json") == (0, "", "")


@ON_SQLITE
def test_the_audit_log_tells_who_did_what_and_when(
    settings: Settings, tmp_path: Path, pipeline: Pipeline
) -> None:
    assert audit(settings) == ["还没有审计记录"]
    assert audit(settings, "--json") == []
    began = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    token = keys(settings, "add", "张三", "--scope", "read")[1].rstrip("\n")
    run(settings, "models", "add", bundle(tmp_path / "new", "m-1"))
    run(settings, "models", "promote", "m-1")
    run(settings, "models", "rollback")
    with running(settings, KeywordDigester(pipeline.info)) as client:
        client.get("/v1/models", headers=bearer(token))
        client.get("/v1/models")
    keys(settings, "revoke", "张三")
    lines = events(settings)
    assert [line[1:5] for line in lines] == [
        [USER, "发密钥", "张三(read)", "-"],
        [USER, "启用", "builtin → m-1", "-"],
        [USER, "退回", "m-1 → builtin", "-"],
        ["张三", "用密钥", "GET /v1/models", "127.0.0.1"],
        ["-", "拒绝", "GET /v1/models:要有密钥", "127.0.0.1"],
        [USER, "撤销密钥", "张三", "-"],
    ]
    times = [datetime.fromisoformat(line[0]) for line in lines]
    assert began <= times[0]
    assert times == sorted(times)
    assert events(settings, "-n", 1) == lines[-1:]
    told = [json.loads(line) for line in audit(settings, "--json")]
    assert [one["action"] for one in told[-3:]] == ["key-used", "refused", "key-revoked"]
    assert [datetime.fromisoformat(one["at"]).replace(microsecond=0, tzinfo=None) for one in told] == times
    assert {name: told[-2][name] for name in ("who", "subject", "address")} == {
        "who": None,
        "subject": "GET /v1/models:要有密钥",
        "address": "127.0.0.1",
    }


@ON_SQLITE
def test_revoking_again_is_told_and_noted_once(settings: Settings) -> None:
    made(settings.home, "张三", Scope.READ, database=settings.database)
    assert keys(settings, "revoke", "张三") == (0, "撤销了 张三\n", NONE_LEFT)
    ((*_, state),) = listed(settings)
    told = f"张三 已经在 {state.removesuffix('撤销')} 撤销\n"
    assert keys(settings, "revoke", "张三") == (0, told, NONE_LEFT)
    assert noted(settings.home, settings.database) == [("key-revoked", USER, "张三")]


def test_a_promotion_that_cannot_be_noted_is_done_and_told(home: Path, tmp_path: Path) -> None:
    yuebao("models", "add", bundle(tmp_path / "new", "m-1"), YUEBAO_HOME=str(home))
    (home / "yuebao.db").write_text("月报" * 1000)
    done = said(yuebao("models", "promote", "m-1", YUEBAO_HOME=str(home)))
    assert done == (
        0,
        "当前版本:builtin → m-1\n",
        f"yuebao:没有记入审计:数据库 sqlite:///{home / 'yuebao.db'} 用不了(这个文件不是 SQLite 数据库,或已经损坏):"
        "请从备份恢复这个文件,或把它移走、从空的数据库重新开始\n",
    )


def test_a_server_for_a_network_is_refused_without_keys(home: Path) -> None:
    done = said(yuebao("serve", "--host", "0.0.0.0", "--port", 0, YUEBAO_HOME=str(home)))
    assert done == (
        2,
        "",
        "yuebao:监听 0.0.0.0 时网络上的人都连得到,而没有密钥把关:请先运行 yuebao keys add 名称 --scope read,"
        "或设 YUEBAO_REQUIRE_KEYS=true 先启动、再发密钥;只在本机用请监听 127.0.0.1;"
        "网络可信、确实不要密钥,请设 YUEBAO_TRUST_NETWORK=true\n",
    )
