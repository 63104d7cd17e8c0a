"""The doors to the outside world that a process holds open: the guarded HTTP client, and the operator's choices for mail."""

from dataclasses import dataclass
from typing import Any

from aftersales_api.infra.settings import Settings


@dataclass(slots=True)
class Ports:
    """What the `call` part of an outside job may use."""

    settings: Settings
    http: Any = None

    async def close(self) -> None:
        if self.http is not None:
            await self.http.aclose()


def open_ports(options: Settings) -> Ports:
    """Open them as the settings say."""
    return Ports(options)
