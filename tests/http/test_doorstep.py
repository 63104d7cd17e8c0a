"""What is refused before the application sees it, over a real connection: no HTTP at all, and heads without end."""

import asyncio
import json

import pytest
import uvicorn

from aftersales_api.cli.doorstep import HEAD_LIMIT, Doorstep

LINES = b"Host: shop.example\r\nConnection: close\r\n"


@pytest.fixture
async def door(lab):
    """The application behind a real server; its doors are open already."""
    config = uvicorn.Config(lab.app, port=0, lifespan="off", http=Doorstep, log_level="critical", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by an attribute
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def ask(port, *parts):
    """Status line, headers and body of the answer to these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
    head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status, *lines = head.decode().split("\r\n")
    return int(status.split(" ")[1]), dict(line.lower().split(": ", 1) for line in lines), body


@pytest.mark.parametrize(
    "said",
    [
        b"hello\r\n\r\n",
        b"FOO /v1/shop HTTP/1.1\r\n" + LINES + b"\r\n",
        b"GET /v1/\xc3\xa9 HTTP/1.1\r\n" + LINES + b"\r\n",
        b"POST /v1/orders HTTP/1.1\r\n" + LINES + b"Content-Length: -1\r\n\r\n",
        b"POST /v1/orders HTTP/1.1\r\n" + LINES + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ],
)
async def test_what_is_no_http_is_refused_in_the_form_of_every_refusal(door, said):
    status, headers, body = await ask(door, said)
    problem = json.loads(body)
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert (problem["code"], problem["type"]) == ("unreadable", "/problems/unreadable")
    assert problem["request_id"] == headers["x-request-id"]
    assert {"ratelimit", "ratelimit-policy"} <= headers.keys()


def a_head(size, *, in_address):
    """A request for /healthz whose address and headers have so many bytes together."""
    rest = size - len("/healthz" + "Host" + "x" + "Connection" + "close")
    address, header = (f"?q={'a' * (rest - 3)}", "") if in_address else ("", f"X-Long: {'a' * (rest - 6)}\r\n")
    return f"GET /healthz{address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n".encode()


@pytest.mark.parametrize("in_address", [True, False])
async def test_address_and_headers_have_a_largest_size(door, in_address):
    status, _, body = await ask(door, a_head(65_500 if in_address else HEAD_LIMIT, in_address=in_address))
    assert status == 200, body
    status, headers, body = await ask(door, a_head(HEAD_LIMIT + 1, in_address=in_address))
    assert (status, headers["content-type"]) == (431, "application/problem+json")
    assert json.loads(body)["code"] == "headers_too_large"


async def test_a_head_that_never_ends_is_not_kept(door):
    status, _, body = await ask(door, b"GET / HTTP/1.1\r\nX: ", *[b"a" * 8_192] * 9)
    assert (status, json.loads(body)["code"]) == (431, "headers_too_large")


async def test_a_body_that_does_not_come_ends_with_the_deadline(door, lab, monkeypatch):
    monkeypatch.setattr(lab.app.state.settings, "request_deadline_s", 0.5)
    head = b"POST /v1/orders HTTP/1.1\r\n" + LINES + b"Content-Type: application/json\r\nContent-Length: 200\r\n"
    key = lab.client.headers["Authorization"].encode()
    status, headers, body = await ask(door, head + b"Authorization: " + key + b"\r\n\r\n{")
    problem = json.loads(body)
    assert (status, headers["retry-after"], problem["code"]) == (503, "1", "unavailable")
    assert problem["detail"] == "This took too long and was broken off."
