"""`make run` ends when it is told to, whoever holds its connections open, and leaves no process behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import machine_room

PATIENCE_S = 4.5  # about three seconds, on a machine that does other things too


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """A whole installation of its own, as `make run` starts it."""
    port = machine_room.free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AFTERSALES_")}
    env = {**kept, "DATA_DIR": str(tmp_path / "data"), "PORT": str(port)}
    log = (tmp_path / "log").open("wb")
    child = subprocess.Popen([sys.executable, "-m", "aftersales_api", "dev"], env=env, stdout=log, stderr=log)
    try:
        _until(lambda: _answers(port), 90)
        yield child, port, json.loads((tmp_path / "data" / "demo.json").read_text())
    finally:
        child.kill()
        child.wait()
        log.close()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def _until(holds: Any, within_s: float) -> None:
    ends_at = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < ends_at, "it did not come in time"
        time.sleep(0.1)


def _family(pid: int) -> list[int]:
    """All processes begun by this one, and theirs."""
    mine = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    children = [int(each) for each in mine.stdout.split()]
    return children + [each for child in children for each in _family(child)]


def _posted(port: int, key: str, path: str, said: dict[str, Any]) -> dict[str, Any]:
    """What the service answers; a 503 of a starved machine is asked again, as a client may."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", json.dumps(said).encode(), headers)
    for _ in range(10):
        try:
            answer = urllib.request.urlopen(asked, timeout=10)
        except urllib.error.HTTPError as refused:
            refused.close()
            if refused.code != 503:
                raise
            time.sleep(1)
        else:
            with answer:
                found: dict[str, Any] = json.load(answer)
            return found
    raise AssertionError("never free")


def test_it_ends_soon_whatever_is_held_open(run: Any) -> None:
    child, port, demo = run
    key = f"Host: x\nAuthorization: Bearer {demo['api_key']}\nContent-Type: application/json\n"
    with ExitStack() as held:

        def hold(said: str) -> None:
            opened = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            opened.sendall(said.replace("\n", "\r\n").encode())

        for _ in range(4):
            hold(f"GET /v1/shop HTTP/1.1\n{key}\n")
        hold("GET /docs/static/scalar.js HTTP/1.1\nHost: x\n\n")  # asked for, and never read
        hold(f"POST /v1/orders HTTP/1.1\n{key}Content-Length: 100\n\n{{")  # half a body
        deaf = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        deaf.settimeout(20)
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        endpoint = _posted(port, demo["api_key"], "/v1/webhook-endpoints", {"url": url})
        _posted(port, demo["api_key"], f"/v1/webhook-endpoints/{endpoint['id']}/test", {"type": "order.created"})
        held.enter_context(deaf.accept()[0])  # the worker waits for an answer that never comes
        family = _family(child.pid)

        began = time.monotonic()
        child.send_signal(signal.SIGINT)

        assert child.wait(30) == 0
        assert time.monotonic() - began < PATIENCE_S
        assert family
        assert [pid for pid in family if Path(f"/proc/{pid}").exists()] == []
