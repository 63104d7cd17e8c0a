"""Events of the ways in."""

from typing import Any, ClassVar

from aftersales_api.infra.event_log import Event


class ConnectionSilent(Event):
    """Nothing came for as long as the connection's settings allow; senders drop hooks without a word."""

    type = "connection.silent"
    title = "A sender has not been heard of for a while"
    example: ClassVar[dict[str, Any]] = {
        "connection_id": "con_01jz8k0000e9mtc2w4g5h6j7k8",
        "source": "shopify",
        "name": "Luna at Shopify",
        "last_received_at": "2026-06-01T09:00:00Z",
    }
    connection_id: str
    source: str
    name: str
    last_received_at: str
