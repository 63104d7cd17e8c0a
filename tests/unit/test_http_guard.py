"""The address guard: every refused vector, at save and at connect, and the proof that the guard is what connects."""

import ipaddress

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.infra.http import CallFailed, CallRefused, GuardedBackend, GuardedClient, check_url
from aftersales_api.infra.settings import Settings
from aftersales_api.kit.addresses import AddressRules, NotAHost, is_public, parse_host
from receiver import Receiver
from resolver import names

STRICT = AddressRules()
LOOPBACK = AddressRules.opened("127.0.0.0/8", "*")
PRIVATE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "::1", "::", "::ffff:127.0.0.1",
    "::ffff:7f00:1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "0.0.0.0", "0",
    "169.254.169.254", "100.64.0.1", "192.0.2.1", "224.0.0.1", "192.88.99.1", "10.0.0.1", "10.255.255.255", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "192.0.0.1", "192.0.0.9", "198.18.0.1", "198.51.100.7", "203.0.113.9", "240.0.0.1",
    "255.255.255.255", "fc00::1", "fd00:ec2::254", "fe80::1", "ff02::1", "fec0::1", "2001::1", "2001:db8::1", "100::1",
    "5f00::1", "3fff::1", "::127.0.0.1", "::ffff:0:127.0.0.1", "127.0.0.1.",
]  # fmt: skip
PUBLIC = [
    "93.184.215.14",
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "2001:4860:4860::8888",
]


def host_of(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Notes every attempt to open a socket."""
    opened: list[object] = []

    async def connect_tcp(self: object, *args: object, **kwargs: object) -> httpcore.AsyncNetworkStream:
        opened.append(args)
        raise httpcore.ConnectError("this test opens no socket")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_tcp)
    return opened


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused_at_save(address: str) -> None:
    with pytest.raises(CallRefused):
        check_url(f"https://{host_of(address)}/hook", STRICT)


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_private_address_is_refused_at_connect_without_a_socket(address: str, no_sockets: list[object]) -> None:
    with pytest.raises(CallRefused):
        await GuardedBackend(STRICT, names()).connect_tcp(host_of(address).strip("[]"), 443)

    assert no_sockets == []


@pytest.mark.parametrize(
    "address",
    [
        each
        for each in PRIVATE
        if each.count(".") in {0, 3} and each[:2] not in {"0x", "01"} and each not in {"0", "2130706433", "127.0.0.1."}
    ],
)
async def test_a_name_that_leads_to_a_private_address_is_refused_without_a_socket(
    address: str, no_sockets: list[object]
) -> None:
    async with GuardedClient(STRICT, resolve=names(evil_example=[address])) as client:
        with pytest.raises(CallRefused, match="address_not_allowed"):
            await client.send("POST", "https://evil.example/hook")

    assert no_sockets == []


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))
    assert check_url(f"https://{host_of(address)}/hook", STRICT)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://user:pw@93.184.215.14/", "userinfo_not_allowed"),
        ("http://a@127.0.0.1/", "userinfo_not_allowed"),
        ("http://@93.184.215.14/", "userinfo_not_allowed"),
        ("http://example.com\\@127.0.0.1/", "userinfo_not_allowed"),
        ("http://93.184.215.14:22/", "port_not_allowed"),
        ("http://93.184.215.14:0/", "port_not_allowed"),
        ("https://93.184.215.14:8444/", "port_not_allowed"),
        ("ftp://93.184.215.14/", "scheme_not_allowed"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("gopher://93.184.215.14/", "scheme_not_allowed"),
        ("//93.184.215.14/", "scheme_not_allowed"),
        ("", "scheme_not_allowed"),
        ("http:///hook", "url_malformed"),
        ("http://0177.0.0.1/", "url_malformed"),
        ("http://[fe80::1%lo]/", "url_malformed"),
        ("http://①②⑦.0.0.1/", "url_malformed"),
        ("http://127.0.0.1%00.example.com/", "url_malformed"),
        ("http://256.1.1.1/", "url_malformed"),
        ("http://1.2.3.4.5/", "url_malformed"),
        ("https://example.com/" + "x" * 2048, "url_malformed"),
    ],
)
def test_an_unfit_url_is_refused_with_its_reason(url: str, reason: str) -> None:
    with pytest.raises(CallRefused, match=reason):
        check_url(url, STRICT)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook?a=b@c",
        "http://example.com:80/",
        "https://example.com:8443/@x",
        "https://bücher.example/",
    ],
)
def test_a_fit_url_passes(url: str) -> None:
    assert check_url(url, STRICT)


def test_plain_http_is_refused_where_https_is_demanded() -> None:
    with pytest.raises(CallRefused, match="https_required"):
        check_url("http://example.com/", AddressRules.opened(https_only=True))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("127.0.1", "127.0.0.1"), ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"), ("0x7f.0x0.0x0.0x1", "127.0.0.1"), ("0177.0.0.1", "127.0.0.1"), ("017700000001", "127.0.0.1"),
        ("[::1]", "::1"), ("0x", "0.0.0.0"), ("4294967295", "255.255.255.255"),
    ],
)  # fmt: skip
def test_a_host_in_any_notation_is_its_address(host: str, address: str) -> None:
    assert str(parse_host(host)) == address


@pytest.mark.parametrize(
    "host",
    [
        "4294967296",
        "1.2.3.4.5",
        "256.0.0.1",
        "1.2.3.08",
        "a.0x7f",
        "fe80::1%lo",
        "::g",
        "a b",
        "",
        "a..b",
        "-a",
        "a" * 64,
    ],
)
def test_what_is_neither_address_nor_name_is_no_host(host: str) -> None:
    with pytest.raises(NotAHost):
        parse_host(host)


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_no_notation_slips_an_address_past(number: int) -> None:
    expected = ipaddress.IPv4Address(number)

    assert {parse_host(str(number)), parse_host(hex(number)), parse_host(str(expected))} == {expected}
    assert is_public(expected) == is_public(ipaddress.IPv6Address(f"::ffff:{expected}"))


@given(st.text(max_size=40))
def test_no_host_text_raises_anything_else(host: str) -> None:
    try:
        parse_host(host)
    except NotAHost:
        return


async def test_one_bad_address_in_an_answer_refuses_the_name(no_sockets: list[object]) -> None:
    async with GuardedClient(STRICT, resolve=names(mixed_example=["93.184.215.14", "10.0.0.1"])) as client:
        with pytest.raises(CallRefused, match="address_not_allowed"):
            await client.send("POST", "https://mixed.example/")

    assert no_sockets == []


async def test_localhost_is_refused_by_the_systems_own_resolver(no_sockets: list[object]) -> None:
    async with GuardedClient(STRICT) as client:
        with pytest.raises(CallRefused, match="address_not_allowed"):
            await client.send("POST", "http://localhost/")

    assert no_sockets == []


async def test_a_name_public_at_save_and_private_at_send_is_refused(no_sockets: list[object]) -> None:
    resolver = names(rebinds_example=["93.184.215.14"])
    async with GuardedClient(STRICT, resolve=resolver) as client:
        await client.judge("https://rebinds.example/")
        resolver.answers["rebinds.example"] = ["127.0.0.1"]

        with pytest.raises(CallRefused, match="address_not_allowed"):
            await client.send("POST", "https://rebinds.example/")

    assert no_sockets == []


async def test_the_name_is_resolved_once_and_the_checked_address_is_dialled(no_sockets: list[object]) -> None:
    resolver = names(good_example=["93.184.215.14"])
    async with GuardedClient(STRICT, resolve=resolver) as client:
        with pytest.raises(CallFailed, match="connect") as failure:
            await client.send("POST", "https://good.example/")

    assert resolver.asked == ["good.example"]
    assert [args[0] for args in no_sockets] == ["93.184.215.14"]  # type: ignore[index]
    assert failure.value.ip == "93.184.215.14"


async def test_a_private_name_is_refused_at_save() -> None:
    async with GuardedClient(STRICT, resolve=names(inside_example=["10.1.2.3"])) as client:
        with pytest.raises(CallRefused, match="address_not_allowed"):
            await client.judge("https://inside.example/")


async def test_a_name_unknown_at_save_passes_and_fails_at_send() -> None:
    async with GuardedClient(STRICT, resolve=names()) as client:
        await client.judge("https://later.example/")

        with pytest.raises(CallFailed, match="dns"):
            await client.send("POST", "https://later.example/")


async def test_the_pool_gets_its_sockets_from_the_guard() -> None:
    async with GuardedClient(STRICT) as client:
        assert isinstance(client._pool._network_backend, GuardedBackend)


async def test_unix_sockets_are_refused() -> None:
    with pytest.raises(CallRefused):
        await GuardedBackend(STRICT, names()).connect_unix_socket("/run/secret.sock")


async def test_a_proxy_in_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver() as proxy, Receiver() as target, GuardedClient(LOOPBACK) as client:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

        await client.send("POST", target.url)

        assert (proxy.connections, target.connections) == (0, 1)


async def test_the_setting_opens_loopback() -> None:
    options = Settings(outbound_allow_subnets="127.0.0.0/8, ::1/128", outbound_allow_ports="1024-65535")
    rules = AddressRules.opened(options.outbound_allow_subnets, options.outbound_allow_ports, https_only=True)
    async with Receiver() as receiver, GuardedClient(rules) as client:
        answer = await client.send("POST", receiver.url, body=b"{}")

    assert (answer.status, answer.body, answer.ip) == (200, b"ok", "127.0.0.1")


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://[::ffff:169.254.169.254]/", "http://10.0.0.1:22/"],
)
def test_cloud_metadata_and_closed_ports_stay_shut_even_with_everything_open(url: str) -> None:
    with pytest.raises(CallRefused):
        check_url(url, AddressRules.opened("0.0.0.0/0,::/0"))


def test_an_opened_network_does_not_open_its_mapped_form() -> None:
    with pytest.raises(CallRefused, match="address_not_allowed"):
        check_url("http://[::ffff:127.0.0.1]/", LOOPBACK)


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f000001", "017700000001"])
def test_an_opened_network_is_opened_for_plain_notation_only(host: str) -> None:
    with pytest.raises(CallRefused, match="address_not_allowed"):
        check_url(f"http://{host}/", LOOPBACK)


def test_a_public_address_may_be_written_as_a_number() -> None:
    assert check_url(f"http://{int(ipaddress.IPv4Address('93.184.215.14'))}/", STRICT)
