"""Events of the ways in."""

from aftersales_api.infra.event_log import Event


class ConnectionSilent(Event):
    """Nothing came for as long as the connection's settings allow; senders drop hooks without a word."""

    type = "connection.silent"
    title = "A sender has not been heard of for a while"
    connection_id: str
    source: str
    name: str
    last_received_at: str
