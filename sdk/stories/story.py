"""One story through the generated Python client: connect a shop system, deliver a signed order, let a day go by, read the mail."""

import base64
import hashlib
import hmac
import io
import json
import os
import sys
import time
import uuid

from aftersales_client import AuthenticatedClient
from aftersales_client.api.connections import create_connection
from aftersales_client.api.inbound import receive_delivery
from aftersales_client.api.messages import list_messages
from aftersales_client.api.orders import get_order, list_orders
from aftersales_client.api.shops import get_sandbox_clock, move_sandbox_clock
from aftersales_client.models import ClockMove, ConnectionCreate, ConnectionSource, Order, Problem
from aftersales_client.types import File


def signed(secret: str, body: bytes) -> dict[str, str]:
    """Standard Webhooks 1.0 over the exact bytes."""
    name, at = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
    mark = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), f"{name}.{at}.".encode() + body, hashlib.sha256)
    return {"webhook-id": name, "webhook-timestamp": at, "webhook-signature": f"v1,{base64.b64encode(mark).decode()}"}


def main() -> None:
    told = json.loads(sys.stdin.read())
    client = AuthenticatedClient(base_url=os.environ["BASE_URL"], token=os.environ["API_KEY"], timeout=120)
    clock = get_sandbox_clock.sync(client=client)
    assert clock is not None and not isinstance(clock, Problem), clock
    told["timestamp"] = told["data"]["created_at"] = clock.now.isoformat()
    payload = json.dumps(told).encode()
    made = create_connection.sync(client=client, body=ConnectionCreate(source=ConnectionSource.GENERIC))
    assert made is not None and not isinstance(made, Problem) and made.secret, made
    sender = client.with_headers(signed(made.secret, payload))
    kept = receive_delivery.sync(made.id, client=sender, body=File(payload=io.BytesIO(payload)))
    assert kept is not None and not isinstance(kept, Problem) and str(kept.status) == "accepted", kept
    number = told["data"]["number"]
    order = None
    for _ in range(150):
        page = list_orders.sync(client=AuthenticatedClient(**connection()), number=[number])
        assert page is not None and not isinstance(page, Problem), page
        if page.items:
            order = page.items[0]
            break
        time.sleep(0.2)
    assert order is not None, "the order did not come"
    again = get_order.sync(order.id, client=AuthenticatedClient(**connection()))
    assert isinstance(again, Order) and again.number == number
    moved = move_sandbox_clock.sync(client=AuthenticatedClient(**connection()), body=ClockMove(advance_by="P1D"))
    assert moved is not None and not isinstance(moved, Problem), moved
    said = list_messages.sync(client=AuthenticatedClient(**connection()), order_id=[order.id])
    assert said is not None and not isinstance(said, Problem) and said.items, said
    missing = get_order.sync("ord_" + "0" * 26, client=AuthenticatedClient(**connection()))
    assert isinstance(missing, Problem) and missing.code == "not_found", missing
    print(f"python: {order.number} {order.status} and {len(said.items)} message(s), first {said.items[0].kind}")


def connection() -> dict[str, object]:
    return {"base_url": os.environ["BASE_URL"], "token": os.environ["API_KEY"], "timeout": 120}


main()
