"""A guarded call: what it keeps of an answer, when it ends, and whom it believes."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aftersales_api.infra.http import CallFailed, GuardedClient
from aftersales_api.kit.addresses import AddressRules
from aftersales_api.kit.clock import real_now
from receiver import Receiver, Reply, babbles, drips, floods, hangs, resets
from resolver import names

LOOPBACK = AddressRules.opened("127.0.0.0/8", "*")


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
