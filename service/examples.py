"""The requests that the API documentation shows and the page offers. Invented: nothing here is real."""

from typing import Any, Final

BULLETIN: Final = """2021年4月教育信息化和网络安全工作月报

★教育信息化重点工作进展

优质教育资源共建共享 4月12日,国家平台上线春季学期同步课程3200节,覆盖小学到高中各年级。

教育管理信息化 4月20日,第二批86个教育APP通过备案。

★网络安全重点工作进展

网络安全事件处置 (略)

★各地工作动态

河北 4月9日,省教育厅召开教育系统网络安全工作会,部署漏洞整改;印发《教育移动互联网应用程序备案办法》。

上海 4月15日,市教委公布首批40所智慧校园标杆校名单。

浙江 4月6-8日,省教育技术中心举办中小学校长信息化领导力研修班,共210人参训。省教育厅公布年度精品微课500节。

湖北 4月22日,省教育厅公布28所智慧校园示范校名单。

四川 4月28日,省教育厅组织网络安全攻防演练,参演单位65家。
"""

ITEMS: Final[list[Any]] = [
    {"text": "4月9日,省教育厅召开教育系统网络安全工作会,部署等级保护和漏洞整改。", "heading": "河北"},
    {
        "text": "共210人参训。",
        "heading": "浙江",
        "previous": "4月6-8日,省教育技术中心举办中小学校长信息化领导力研修班",
    },
]

DIGEST: Final[dict[str, Any]] = {
    "title": "2021年4月教育信息化和网络安全工作月报",
    "month": "2021-04",
    "printed_abstract": "四川组织网络安全攻防演练。",
    "sections": [],
    "entries": [
        {
            "province": "四川",
            "text": "4月28日,省教育厅组织网络安全攻防演练,参演单位65家。",
            "span": [3, 31],
            "themes": [{"id": "network_security", "score": 0.99, "name": "网络安全"}],
            "items": [
                {
                    "id": "四川.1",
                    "text": "4月28日,省教育厅组织网络安全攻防演练,参演单位65家。",
                    "span": [3, 31],
                    "themes": [{"id": "network_security", "score": 0.99}],
                    "scores": {"network_security": 0.99, "training": 0.02},
                    "review": False,
                }
            ],
        }
    ],
    "missing": ["北京", "天津"],
    "abstract": {
        "text": "四川开展网络安全攻防演练。",
        "sentences": [
            {
                "text": "四川开展网络安全攻防演练。",
                "kind": "provincial",
                "sources": ["四川.1"],
                "origin": "written",
                "unsupported": [],
            }
        ],
    },
    "warnings": [],
    "versions": {"bundle": "builtin-1", "taxonomy": "1", "yuebao": "0.1.0"},
}

CORRECTION: Final[dict[str, Any]] = {
    "digest": "0123456789abcdef01234567",
    "item": "四川.1",
    "themes": ["network_security", "training"],
    "author": "张三",
}
