"""What is far too large is refused in 50 ms and costs less than 5 MB (reliability.md, section 5), measured at a real process."""

import asyncio
import time

import psutil
import pytest
import pytest_asyncio

import machine_room

FIFTY_MB = b'{"a":"' + b"x" * 50_000_000 + b'"}'
MANY_KEYS = b"{" + b",".join(b'"%d":1' % number for number in range(1_000_000)) + b"}"
PIECE, TRIES, MOST_TRIES = 65_536, 5, 40
SOON_S, GROWTH = 0.05, 5_000_000


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened(own_cluster=False) as opened:
        opened.start("api")
        await opened.serves()
        await machine_room.connect_shopify(opened)
        yield opened


async def refused(room, path, body, *, is_announced):
    """The first line of the answer, the seconds until it came, and by how much the process grew meanwhile."""
    process = psutil.Process(room.running[0].pid)
    reader, writer = await asyncio.open_connection("127.0.0.1", room.port)
    length = f"Content-Length: {len(body)}" if is_announced else "Transfer-Encoding: chunked"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {room.key}\r\nContent-Type: application/json\r\n"
    before, began = process.memory_info().rss, time.perf_counter()
    writer.write(f"{head}{length}\r\n\r\n".encode())
    answer = asyncio.create_task(reader.readline())
    for start in range(0, len(body), PIECE):
        piece = body[start : start + PIECE]
        writer.write(piece if is_announced else b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
        if answer.done():
            break
    said = await answer
    took, growth = time.perf_counter() - began, process.memory_info().rss - before
    writer.transport.abort()
    return said, took, growth


@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "streamed"])
@pytest.mark.parametrize("body", [FIFTY_MB, MANY_KEYS], ids=["50 MB", "a million keys"])
@pytest.mark.parametrize(
    "path", ["/v1/orders", "/v1/cases", "/v1/inbound/{connection}", "/v1/public/surveys/x/answers"]
)
async def test_what_is_far_too_large_is_refused_at_once(room, path, body, is_announced):
    path = path.format(connection=room.connection)
    found = []
    while len(found) < TRIES or (min(took for _, took, _ in found) >= SOON_S and len(found) < MOST_TRIES):
        found.append(await refused(room, path, body, is_announced=is_announced))
    assert {said.split()[1] for said, *_ in found} == {b"413"}
    assert min(took for _, took, _ in found) < SOON_S, "the quickest of some: others work on this machine too"
    assert max(growth for *_, growth in found[1:]) < GROWTH
