"""A bounded load: prepared requests over kept-alive connections from processes of their own; every answer is counted."""

import asyncio
import json
import multiprocessing
import statistics
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """Requests a second, latencies in milliseconds, and how many answers had the wanted status."""

    rate: float
    p50: float
    p99: float
    good: int
    bad: int


class Connection(asyncio.Protocol):
    """One connection that sends the next request when the answer to the last one is complete."""

    def __init__(self, requests, until, times, statuses, finished) -> None:
        self.requests, self.until, self.times, self.statuses, self.finished = requests, until, times, statuses, finished
        self.buffer, self.sent_at = b"", 0.0

    def connection_made(self, transport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        request = next(self.requests, None) if time.perf_counter() < self.until else None
        if request is None:
            self.transport.close()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, gap, body = self.buffer.partition(b"\r\n\r\n")
        if not gap:
            return
        lower = head.lower()
        mark = lower.find(b"content-length:")
        length = int(lower[mark + 15 :].partition(b"\r\n")[0]) if mark >= 0 else 0
        if len(body) < length:
            return
        self.buffer = body[length:]
        self.times.append(time.perf_counter() - self.sent_at)
        status = head[9:12]
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.send()

    def connection_lost(self, _) -> None:
        if not self.finished.done():
            self.finished.set_result(None)


async def _run(port: int, requests: list[bytes], connections: int, seconds: float) -> dict:
    loop = asyncio.get_running_loop()
    source, times, statuses = iter(requests), [], {}
    start = time.perf_counter()
    until = start + seconds
    ends = []
    for _ in range(connections):
        finished = loop.create_future()
        await loop.create_connection(
            lambda f=finished: Connection(source, until, times, statuses, f), "127.0.0.1", port
        )
        ends.append(finished)
    await asyncio.wait_for(asyncio.gather(*ends), seconds + 10)
    return {
        "taken": time.perf_counter() - start,
        "times": times,
        "statuses": {key.decode(): value for key, value in statuses.items()},
    }


def _process(port: int, requests: list[bytes], connections: int, seconds: float, pipe) -> None:
    import uvloop

    uvloop.install()
    pipe.send(json.dumps(asyncio.run(_run(port, requests, connections, seconds))))


def fire(
    port: int, requests: list[bytes], *, connections: int = 32, seconds: float = 4.0, processes: int = 2
) -> Result:
    """Send prepared requests for some seconds (or until they are used up) and say how it went."""
    context = multiprocessing.get_context("fork")
    share, pipes, running = len(requests) // processes, [], []
    for index in range(processes):
        mine, theirs = context.Pipe(duplex=False)
        part = requests[index * share : (index + 1) * share]
        child = context.Process(target=_process, args=(port, part, connections // processes, seconds, theirs))
        child.start()
        pipes.append(mine)
        running.append(child)
    found = [json.loads(pipe.recv()) for pipe in pipes]
    for child in running:
        child.join(20)
    times = sorted(each for one in found for each in one["times"])
    if not times:
        return Result(0, 0, 0, 0, 0)
    good = sum(count for one in found for status, count in one["statuses"].items() if status.startswith("2"))
    taken = max(one["taken"] for one in found)
    return Result(
        len(times) / taken,
        statistics.median(times) * 1000,
        times[min(len(times) - 1, int(len(times) * 0.99))] * 1000,
        good,
        len(times) - good,
    )
