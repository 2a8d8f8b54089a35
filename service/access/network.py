"""How far a server can be reached, and what that asks of it."""

from ipaddress import ip_address, ip_network

from service.errors import SettingsError
from service.settings import Settings

_IPV6_SITE = 64


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`. A name other than localhost counts as reached from anywhere."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def keys_demanded(settings: Settings) -> bool | None:
    """Whether keys are asked for, whatever the store holds; None: once there has been a key."""
    if settings.require_keys or not (settings.trust_network or is_loopback(settings.host)):
        return True
    return settings.require_keys


def refuse_open_network(settings: Settings) -> None:
    """Raise SettingsError, with the mend, for a server that a network reaches and no key guards.

    Raises StoreError when the keys cannot be looked for.
    """
    if settings.trust_network or is_loopback(settings.host) or settings.require_keys:
        return
    if settings.require_keys is False:
        # Keys that are made would not be asked for.
        wrong, mend = "设了 YUEBAO_REQUIRE_KEYS=false", "请去掉这项设置,或改成 true"
    elif _keys_made(settings):
        return
    else:
        wrong = "没有密钥把关"
        mend = "请先运行 yuebao keys add 名称 --scope read,或设 YUEBAO_REQUIRE_KEYS=true 先启动、再发密钥"
    raise SettingsError(
        f"监听 {settings.host} 时网络上的人都连得到,而{wrong}:{mend};只在本机用请监听 127.0.0.1;"
        "网络可信、确实不要密钥,请设 YUEBAO_TRUST_NETWORK=true"
    )


def client_network(address: str) -> str:
    """The client to count by: an IPv6 client has all of a /64 to send from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, _IPV6_SITE), strict=False)) if parsed.version == 6 else address


def _keys_made(settings: Settings) -> bool:
    # Only a server that a network reaches waits for the database's libraries before it starts.
    from service.store.store import Store

    store = Store.open(settings.data, settings.database)
    try:
        return store.keys.any_made()
    finally:
        store.close()
