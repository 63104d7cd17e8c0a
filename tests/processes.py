"""API and worker as processes of their own, forked from one that has imported everything."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

SOURCES = Path(__file__).resolve().parent.parent / "src"
# Compiled code is kept for the next start: importing everything takes seconds otherwise.
COMPILED = {
    "PYTHONDONTWRITEBYTECODE": "",
    "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / f"aftersales-pyc-{os.getuid()}"),
}


class Zygote:
    """Forks processes that need not import everything again; ended with its room."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            env={**os.environ, "PYTHONPATH": str(SOURCES), **COMPILED},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.is_ready = False

    def start(self, what: str, env: dict[str, str], log: Path) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if not self.is_ready:
            assert self.process.stdout.readline() == b"ready\n"
            self.is_ready = True
        self.process.stdin.write(orjson.dumps({"what": what, "env": env, "log": str(log)}) + b"\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


@dataclass(frozen=True)
class Child:
    """A process that a zygote forked for us."""

    pid: int

    def is_alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self, kind: int) -> float:
        began = time.perf_counter()
        with suppress(ProcessLookupError):
            os.kill(self.pid, kind)
        while self.is_alive():
            assert time.perf_counter() - began < 30, "the process does not end"
            time.sleep(0.005)
        return time.perf_counter() - began
