"""The forms that texts must have where they are given, each with its words for who gave another."""

from typing import Final, NamedTuple


class Form(NamedTuple):
    """A pattern for pydantic's `pattern`, and what it asks for in words."""

    pattern: str
    words: str


VERSION: Final = Form(
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "只能用字母、数字、点、横线,字母或数字开头,最多 64 字"
)
MONTH: Final = Form(r"^\d{4}-\d{2}$", "应是年和月,如 2019-01")
ORIGINS: Final = Form(
    r"^https?://[^\s,/*]+(,https?://[^\s,/*]+)*$",
    "应是 http:// 或 https:// 开头的网站,后面没有 / 和 *,如 https://a.gov.cn;几个用逗号隔开,不留空格",
)
HOSTS: Final = Form(
    r"^[^\s,:/*]+(,[^\s,:/*]+)*$",
    "应是服务器的名称,不带 http://、端口和 *,如 yuebao.a.gov.cn;几个用逗号隔开,不留空格",
)

WORDS: Final = {form.pattern: form.words for form in (VERSION, MONTH, ORIGINS, HOSTS)}
