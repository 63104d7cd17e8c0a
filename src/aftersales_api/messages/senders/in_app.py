"""Messages that the shop shows in its own app or on its site: it reads them here, so keeping them is delivering them."""

from aftersales_api.infra.ports import Ports
from aftersales_api.messages.policy.delivery import Outcome, sent
from aftersales_api.messages.policy.outgoing import Outgoing

NAME = "in_app"


async def send(outgoing: Outgoing, _: Ports) -> Outcome:
    """Nothing leaves: the message is there to be listed."""
    return sent(outgoing.shown_id, arrived=True)
