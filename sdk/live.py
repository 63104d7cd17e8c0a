"""A server of its own for the clients: free port, own folder, stopped and swept away afterwards."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_S = 180
ROOT = Path(__file__).resolve().parent.parent


def sweep_on_term() -> None:
    """A process that is told to end stops its server and sweeps its folder first."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@contextmanager
def shop(build: Path, **settings: str) -> Iterator[dict[str, Any]]:
    """The demo shop of a fresh server: `base_url`, `api_key`."""
    build.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="live-", dir=build))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, **settings, "DATA_DIR": str(folder), "PORT": str(port), "PYTHONPATH": str(ROOT / "src")}
    with (build / "live.log").open("w") as log:
        server = subprocess.Popen([sys.executable, "-m", "aftersales_api", "dev"], env=env, stdout=log, stderr=log)
        try:
            yield _answering(server, folder / "demo.json", f"http://127.0.0.1:{port}/readyz")
        finally:
            server.terminate()
            server.wait(60)
            shutil.rmtree(folder, ignore_errors=True)


def _answering(server: subprocess.Popen[bytes], known: Path, ready: str) -> dict[str, Any]:
    import httpx

    for _ in range(START_S * 5):
        if server.poll() is not None:
            break
        time.sleep(0.2)
        try:
            if known.exists() and httpx.get(ready, timeout=2).status_code == 200:
                found: dict[str, Any] = json.loads(known.read_text())
                return found
        except httpx.HTTPError:
            continue
    raise SystemExit("the server did not start: see live.log")
