"""What is refused before the application sees it, over a real connection: no HTTP at all, and heads without end."""

import asyncio
import json
from contextlib import suppress
from time import perf_counter

import pytest
import uvicorn

from aftersales_api.cli import doorstep
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


async def dripped(port, drops, every_s=0.02):
    """What a connection says on which a byte comes now and then, and after how long it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began, said = perf_counter(), []

    async def listen():
        with suppress(ConnectionError):  # who goes on talking to a closed door is told so
            while part := await reader.read(65_536):
                said.append(part)

    listening = asyncio.create_task(listen())
    for drop in drops:
        if listening.done() or b"connection: close" in b"".join(said):
            break
        writer.write(drop)
        await asyncio.sleep(every_s)
    await asyncio.wait_for(listening, 10)
    took = perf_counter() - began
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return b"".join(said).decode(), took


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(doorstep, "HEAD_WITHIN_S", 0.5)


GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("before", [[], [GET], [GET, GET + GET]], ids=["the first", "the second", "after three"])
async def test_a_head_that_comes_drop_by_drop_is_refused_in_time_whichever_it_is(door, soon, before):
    slow = [bytes([letter]) for letter in b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: " + b"a" * 500]
    said, took = await dripped(door, [*before, *slow])
    *answers, refusal = said.split("HTTP/1.1 ")[1:]
    assert [each[:3] for each in answers] == ["200"] * b"".join(before).count(b"GET")
    assert refusal.startswith("408 Request Timeout\r\n")
    assert "connection: close\r\n" in refusal
    assert json.loads(refusal.partition("\r\n\r\n")[2])["code"] == "head_too_slow"
    assert 0.5 <= took < 8  # and not the 10 s of all drops


async def test_a_head_that_comes_in_pieces_but_in_time_is_taken(door):
    pieces = [GET[:9], GET[9:20], GET[20:]]
    for _ in range(3):
        said, took = await dripped(
            door, [*pieces, *pieces[:2], pieces[2].replace(b"x\r\n", b"x\r\nConnection: close\r\n")]
        )
        assert said.count("HTTP/1.1 200 OK") == 2, said
        assert took < doorstep.HEAD_WITHIN_S


@pytest.mark.parametrize(
    ("drops", "answers"),
    [([b""], []), ([b"\r\n"] * 200, ["408"]), ([GET, *[b"\r\n"] * 200], ["200"])],
    ids=["nothing", "empty lines", "empty lines later"],
)
async def test_who_asks_nothing_holds_no_connection(door, soon, drops, answers):
    said, took = await dripped(door, drops)
    assert [each[:3] for each in said.split("HTTP/1.1 ")[1:]] == answers
    assert 0.5 <= took < 8


async def test_the_time_for_a_head_is_not_the_time_for_an_answer(door, lab, soon):
    """A request whose head came in time may take as long as it needs, and so may its body."""
    body = b'{"source": "own", "external_id": "p-1", "title": "Kettle"}'
    key = lab.client.headers["Authorization"].encode()
    head = b"POST /v1/products HTTP/1.1\r\n" + LINES + b"Content-Type: application/json\r\nAuthorization: " + key
    head += b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    said, took = await dripped(door, [head, *(bytes([letter]) for letter in body)])
    assert said.startswith("HTTP/1.1 201 "), said
    assert took > 1.0


async def test_what_was_refused_is_not_let_pass_for_ever(door, soon):
    head = b"POST /v1/products HTTP/1.1\r\nHost: x\r\nContent-Length: 40000000\r\n\r\n"
    said, took = await dripped(door, [head, *[b"x"] * 300])
    assert said.count("HTTP/1.1") == said.count("HTTP/1.1 413") == 1, said
    assert took < 3


async def test_a_body_that_does_not_come_ends_with_the_deadline(door, lab, monkeypatch):
    monkeypatch.setattr(lab.app.state.settings, "request_deadline_s", 0.5)
    head = b"POST /v1/orders HTTP/1.1\r\n" + LINES + b"Content-Type: application/json\r\nContent-Length: 200\r\n"
    key = lab.client.headers["Authorization"].encode()
    status, headers, body = await ask(door, head + b"Authorization: " + key + b"\r\n\r\n{")
    problem = json.loads(body)
    assert (status, headers["retry-after"], problem["code"]) == (503, "1", "unavailable")
    assert problem["detail"] == "This took too long and was broken off."
