"""Nobody makes us call into private networks: refused at save, and decisively at connect, without a socket."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from aftersales_api.infra.http import CallFailed, GuardedClient
from aftersales_api.kit.addresses import AddressRules
from lab import Lab
from receiver import Receiver, Reply
from webhook_steps import an_endpoint, attempts, deliveries, happens

VECTORS = [
    "http://127.0.0.1/", "http://localhost/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/",
    "http://017700000001/", "http://[::1]/", "http://[::]/", "http://0.0.0.0/", "http://10.1.2.3/", "http://169.254.169.254/latest/meta-data",
    "http://100.64.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://192.0.2.1/", "http://224.0.0.1/", "http://192.88.99.1/",
    "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[fe80::1]/", "http://[fe80::1%25lo]/",
    "http://[fd00:ec2::254]/", "http://user:pw@example.com/", "http://a@127.0.0.1/", "http://example.com:22/", "http://example.com:6379/",
    "ftp://example.com/", "file:///etc/passwd", "http://", "http://mixed.example/",
]  # fmt: skip


class Names:
    """The name server of the story; what it says may change between two questions."""

    def __init__(self) -> None:
        self.says = {"mixed.example": ["93.184.215.14", "10.0.0.1"], "localhost": ["127.0.0.1"]}

    async def __call__(self, host: str, port: int) -> list[str]:
        if host not in self.says:
            raise CallFailed("dns")
        return self.says[host]


@pytest_asyncio.fixture
async def names(lab: Lab) -> AsyncIterator[Names]:
    """The strict guard of production, with the story's name server."""
    ports = lab.app.state.ports
    before, told = ports.http, Names()
    ports.http = GuardedClient(AddressRules(ports=(range(1, 22), range(23, 6379), range(6380, 65536))), resolve=told)
    yield told
    await ports.http.close()
    ports.http = before


@pytest.mark.parametrize("url", VECTORS)
async def test_an_address_that_must_not_be_called_is_refused_at_save(lab: Lab, names: Names, url: str) -> None:
    answer = await lab.client.post("/v1/webhook-endpoints", json={"url": url})

    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/body/url"]
    assert (await lab.client.get("/v1/webhook-endpoints")).json()["items"] == []


async def test_an_address_that_must_not_be_called_is_refused_at_a_change(lab: Lab, names: Names) -> None:
    made = (await lab.client.post("/v1/webhook-endpoints", json={"url": "https://good.example/"})).json()

    answer = await lab.client.patch(f"/v1/webhook-endpoints/{made['id']}", json={"url": "http://10.0.0.1/"})

    assert answer.status_code == 422
    assert (await lab.client.get(f"/v1/webhook-endpoints/{made['id']}")).json()["url"] == "https://good.example/"


async def test_a_name_public_at_save_and_private_at_send_is_blocked_without_a_socket(lab: Lab, names: Names) -> None:
    async with Receiver() as receiver:
        names.says["rebinds.example"] = ["93.184.215.14"]
        made = await lab.client.post("/v1/webhook-endpoints", json={"url": f"http://rebinds.example:{receiver.port}/"})
        assert made.status_code == 201
        names.says["rebinds.example"] = ["127.0.0.1"]
        await happens(lab)
        await lab.settle()

        [tried] = await attempts(lab, made.json())
        assert (tried["status"], tried["error"]) == ("blocked", "address_not_allowed")
        assert (tried["ip"], tried["status_code"]) == (None, None)
        assert receiver.connections == 0


async def test_a_blocked_attempt_counts_as_a_failure_and_is_tried_again(lab: Lab, names: Names) -> None:
    names.says["rebinds.example"] = ["93.184.215.14"]
    made = (await lab.client.post("/v1/webhook-endpoints", json={"url": "http://rebinds.example/"})).json()
    names.says["rebinds.example"] = ["10.0.0.1"]
    await happens(lab)
    await lab.advance("PT10S")

    assert [each["status"] for each in await attempts(lab, made, status="blocked")] == ["blocked", "blocked"]
    assert [each["status"] for each in await deliveries(lab, made)] == ["pending"]


async def test_a_name_that_does_not_resolve_is_a_failed_attempt(lab: Lab, names: Names) -> None:
    made = (await lab.client.post("/v1/webhook-endpoints", json={"url": "https://unknown.example/"})).json()
    await happens(lab)
    await lab.settle()

    assert [(each["status"], each["error"]) for each in await attempts(lab, made, code_class="none")] == [
        ("failed", "dns")
    ]


async def test_a_redirect_to_a_private_address_is_not_followed(lab: Lab) -> None:
    async with Receiver() as inner, Receiver() as receiver:
        receiver.always = Reply(302, {"Location": inner.url})
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()

        assert [(each["status"], each["status_code"]) for each in await attempts(lab, endpoint)] == [("failed", 302)]
        assert inner.connections == 0


async def test_the_setting_permits_loopback(lab: Lab) -> None:
    async with Receiver() as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await happens(lab)
        await lab.settle()

        assert [(each["status"], each["ip"]) for each in await attempts(lab, endpoint)] == [("succeeded", "127.0.0.1")]


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/", "http://10.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://u@127.0.0.1/"]
)
async def test_the_setting_permits_nothing_else(lab: Lab, url: str) -> None:
    assert (await lab.client.post("/v1/webhook-endpoints", json={"url": url})).status_code == 422
