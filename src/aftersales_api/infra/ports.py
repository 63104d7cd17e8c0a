"""The doors to the outside world that a process holds open: the guarded HTTP client, and the operator's choices for mail."""

from dataclasses import dataclass

from aftersales_api.infra.http import GuardedClient, address_rules
from aftersales_api.infra.settings import Settings


@dataclass(slots=True)
class Ports:
    """What the `call` part of an outside job may use."""

    settings: Settings
    http: GuardedClient

    async def close(self) -> None:
        await self.http.close()


def open_ports(options: Settings) -> Ports:
    """Open them as the settings say."""
    return Ports(options, GuardedClient(address_rules(options)))
