"""What other packages may ask of messages."""

from aftersales_api.messages.service.queueing import MessageRequest, Queued, queue
from aftersales_api.messages.service.receipts import bounced, cancel, complained, delivered, resend
from aftersales_api.messages.service.sending import SENDING, WAKING
from aftersales_api.messages.service.starting import install

__all__ = [
    "SENDING",
    "WAKING",
    "MessageRequest",
    "Queued",
    "bounced",
    "cancel",
    "complained",
    "delivered",
    "install",
    "queue",
    "resend",
]
