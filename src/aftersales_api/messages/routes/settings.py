"""The shop's own rules of contact, and the gateways of its channels."""

from aftersales_api.kit.errors import NotFound
from aftersales_api.messages.policy.policy_form import PolicyForm
from aftersales_api.messages.queries import written
from aftersales_api.messages.schemas import (
    ContactPolicyDocument,
    GatewayPut,
    MessageGateway,
    MessageGateways,
    MessageGatewayWithSecret,
)
from aftersales_api.messages.service import gateways, policies
from aftersales_api.messages.states import Channel
from aftersales_api.web import Caller, Now, Router, Tx
from aftersales_api.web.addresses import vet_address

router = Router("contact_policy")
READ, WRITE = "settings:read", "settings:write"


@router.get("/v1/contact-policy", scope=READ)
async def get_contact_policy(tx: Tx) -> ContactPolicyDocument:
    """Caps, gaps, quiet hours, throttles and the rest: what decides whether a message may go now."""
    return policies.document(await written.current_policy(tx))


@router.put("/v1/contact-policy", scope=WRITE)
async def replace_contact_policy(body: PolicyForm, tx: Tx, caller: Caller) -> ContactPolicyDocument:
    """Replace the whole policy by its next version. Send the ETag you read in If-Match."""
    return policies.document(await policies.replace(tx, body, caller.actor, caller.now))


@router.get("/v1/message-gateways", scope=READ)
async def list_message_gateways(tx: Tx) -> MessageGateways:
    """Where SMS, WhatsApp, push and in-app messages are handed over."""
    rows = await tx.scalars(written.gateways())
    return MessageGateways(items=[MessageGateway.model_validate(row) for row in rows])


@router.get("/v1/message-gateways/{channel}", scope=READ)
async def get_message_gateway(channel: Channel, tx: Tx) -> MessageGateway:
    """The gateway of one channel."""
    row = await written.gateway(tx, channel)
    if row is None:
        raise NotFound
    return MessageGateway.model_validate(row)


@router.put("/v1/message-gateways/{channel}", scope=WRITE, before=vet_address)
async def put_message_gateway(channel: Channel, body: GatewayPut, tx: Tx, now: Now) -> MessageGatewayWithSecret:
    """Set the gateway of a channel. A new one gets a signing secret, shown this once."""
    row, secret = await gateways.put(tx, channel, body.url, body.sender, body.secret, now)
    return MessageGatewayWithSecret(**MessageGateway.model_validate(row).model_dump(), secret=secret)


@router.delete("/v1/message-gateways/{channel}", scope=WRITE)
async def delete_message_gateway(channel: Channel, tx: Tx) -> None:
    """Take the gateway of a channel away."""
    await gateways.remove(tx, channel)
