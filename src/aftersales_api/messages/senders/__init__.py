"""The ways out. One file here is one sender: a `NAME` and `async def send(outgoing, ports) -> Outcome`, which never raises.

A sender says exactly one of four things: sent, later, never, unknown (it may have arrived).
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from functools import lru_cache

from aftersales_api.infra.ports import Ports
from aftersales_api.messages.policy.delivery import Outcome, never
from aftersales_api.messages.policy.outgoing import Outgoing

Send = Callable[[Outgoing, Ports], Awaitable[Outcome]]


@lru_cache(maxsize=1)
def senders() -> dict[str, Send]:
    """All senders by name."""
    found = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return {module.NAME: module.send for module in found}


async def hand_over(outgoing: Outgoing, sender: str, ports: Ports) -> Outcome:
    """Give the message to the named sender."""
    send = senders().get(sender)
    return await send(outgoing, ports) if send else never("no_sender", f"No sender for {outgoing.channel}.")
