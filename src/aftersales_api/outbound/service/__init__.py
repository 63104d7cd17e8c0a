"""What shops and other packages may ask of outbound webhooks."""

from aftersales_api.outbound.service.delivering import DELIVER
from aftersales_api.outbound.service.endpoints import (
    active_secrets,
    change,
    create,
    disable,
    enable,
    remove,
    rotate_secret,
)
from aftersales_api.outbound.service.forgetting import FORGET_OLD
from aftersales_api.outbound.service.resending import GO_ON, erase_customer, expunge, recover, replay_missing, resend
from aftersales_api.outbound.service.telling import announce, send_example, send_to

__all__ = [
    "DELIVER",
    "FORGET_OLD",
    "GO_ON",
    "active_secrets",
    "announce",
    "change",
    "create",
    "disable",
    "enable",
    "erase_customer",
    "expunge",
    "recover",
    "remove",
    "replay_missing",
    "resend",
    "rotate_secret",
    "send_example",
    "send_to",
]
