"""The address guard: every refused vector, at save and at connect, and the proof that the guard is what connects."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.infra.http import CallFailed, CallRefused, GuardedBackend, GuardedClient, check_url
from aftersales_api.infra.settings import Settings
from aftersales_api.kit.addresses import AddressRules, NotAHost, is_public, parse_host
from aftersales_api.kit.clock import real_now
from receiver import Receiver, Reply, babbles, drips, floods, hangs, resets

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


def names(**answers: list[str]) -> "Resolver":
    return Resolver({name.replace("_", "."): addresses for name, addresses in answers.items()})


class Resolver:
    """A name server of the test's own; a list of lists answers differently each time."""

    def __init__(self, answers: dict[str, list[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.answers:
            raise CallFailed("dns")
        return self.answers[host]


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


async def test_a_redirect_is_an_answer_not_an_order() -> None:
    async with (
        Receiver() as inner,
        Receiver(Reply(302, {"Location": "http://127.0.0.1/"})) as receiver,
        GuardedClient(LOOPBACK) as client,
    ):
        answer = await client.send("POST", receiver.url)

        assert (answer.status, inner.connections) == (302, 0)


async def test_cookies_are_not_kept_between_calls() -> None:
    async with (
        Receiver(always=Reply(200, {"Set-Cookie": "a=b; Path=/"})) as receiver,
        GuardedClient(LOOPBACK) as client,
    ):
        await client.send("POST", receiver.url)
        await client.send("POST", receiver.url)

        assert "cookie" not in receiver.got[1].headers


async def test_the_host_header_stays_the_name() -> None:
    async with Receiver() as receiver, GuardedClient(LOOPBACK, resolve=names(shop_example=["127.0.0.1"])) as client:
        await client.send("POST", f"http://shop.example:{receiver.port}/a?b=c", headers={"X-Env": "t"}, body=b"hello")

        assert receiver.got[0].headers["host"] == f"shop.example:{receiver.port}"
        assert (receiver.got[0].path, receiver.got[0].body, receiver.got[0].headers["x-env"]) == (
            "/a?b=c",
            b"hello",
            "t",
        )


async def test_a_live_address_is_found_behind_a_dead_one() -> None:
    async with (
        Receiver() as receiver,
        GuardedClient(LOOPBACK, resolve=names(two_example=["127.0.0.2", "127.0.0.1"])) as client,
    ):
        answer = await client.send("POST", f"http://two.example:{receiver.port}/")

    assert answer.ip == "127.0.0.1"


async def test_a_silent_receiver_ends_at_the_total_deadline() -> None:
    async with Receiver(hangs) as receiver, GuardedClient(LOOPBACK) as client:
        with pytest.raises(CallFailed, match="timeout") as failure:
            await client.send("POST", receiver.url, total_s=0.2)

    assert failure.value.ip == "127.0.0.1"


async def test_a_dripping_receiver_ends_at_the_total_deadline() -> None:
    async with Receiver(drips) as receiver, GuardedClient(LOOPBACK) as client:
        with pytest.raises(CallFailed, match="timeout"):
            await client.send("POST", receiver.url, total_s=0.4)


async def test_a_flood_is_read_up_to_the_cap() -> None:
    async with Receiver(floods) as receiver, GuardedClient(LOOPBACK) as client:
        answer = await client.send("POST", receiver.url)

    assert (len(answer.body), answer.is_cut) == (20_000, True)


@pytest.mark.parametrize("misbehaviour", [resets, babbles])
async def test_a_broken_answer_is_a_failure(misbehaviour: object) -> None:
    async with Receiver(misbehaviour) as receiver, GuardedClient(LOOPBACK) as client:  # type: ignore[arg-type]
        with pytest.raises(CallFailed, match="protocol"):
            await client.send("POST", receiver.url)


async def test_a_closed_port_is_a_failure_to_connect() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with GuardedClient(LOOPBACK) as client:
            with pytest.raises(CallFailed, match="connect"):
                await client.send("POST", f"http://127.0.0.1:{unused.getsockname()[1]}/")


@pytest.fixture
async def tls_receiver(tmp_path: Path) -> AsyncIterator[tuple[Receiver, ssl.SSLContext]]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(real_now() - timedelta(days=1))
        .not_valid_after(real_now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (tmp_path / "pair.pem").write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "pair.pem")
    receiver = Receiver(tls=server)
    server.sni_callback = lambda _socket, server_name, _context: receiver.server_names.append(server_name)
    async with receiver:
        yield receiver, ssl.create_default_context(cadata=pem.decode())


async def test_tls_asks_for_the_name_and_checks_the_certificate_against_it(
    tls_receiver: tuple[Receiver, ssl.SSLContext],
) -> None:
    receiver, trusted = tls_receiver
    async with GuardedClient(LOOPBACK, resolve=names(shop_example=["127.0.0.1"]), ssl_context=trusted) as client:
        answer = await client.send("POST", f"https://shop.example:{receiver.port}/")

    assert (answer.status, receiver.server_names) == (200, ["shop.example"])


async def test_a_certificate_for_another_name_is_refused(tls_receiver: tuple[Receiver, ssl.SSLContext]) -> None:
    receiver, trusted = tls_receiver
    async with GuardedClient(LOOPBACK, resolve=names(other_example=["127.0.0.1"]), ssl_context=trusted) as client:
        with pytest.raises(CallFailed, match="tls"):
            await client.send("POST", f"https://other.example:{receiver.port}/")

    assert receiver.got == []


async def test_fifty_calls_at_once_keep_apart() -> None:
    async with Receiver() as receiver, GuardedClient(LOOPBACK) as client:
        await asyncio.gather(*(client.send("POST", receiver.url, body=str(number).encode()) for number in range(50)))

    assert sorted(int(each.body) for each in receiver.got) == list(range(50))
