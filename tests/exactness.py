"""What must be exact after any fault: every acknowledged delivery kept, everything done once."""

from collections.abc import Sequence
from pathlib import Path

from aftersales_api.kit import ids
from machine_room import Room

ONCE: dict[str, str] = {
    "orders by external id": "SELECT source, external_id FROM orders GROUP BY 1, 2 HAVING count(*) > 1",
    "order.created by order": "SELECT subject_id FROM events WHERE type = 'order.created' GROUP BY 1 HAVING count(*) > 1",
    "order.paid by order": "SELECT subject_id FROM events WHERE type = 'order.paid' GROUP BY 1 HAVING count(*) > 1",
    "message.sent by message": "SELECT subject_id FROM events WHERE type = 'message.sent' GROUP BY 1 HAVING count(*) > 1",
    "messages by dedupe key": "SELECT dedupe_key FROM messages GROUP BY 1 HAVING count(*) > 1",
    "messages by order and kind": (
        "SELECT order_id, kind FROM messages WHERE order_id IS NOT NULL AND once_per_order AND status NOT IN "
        "('skipped', 'suppressed', 'cancelled', 'dropped', 'expired') GROUP BY 1, 2 HAVING count(*) > 1"
    ),
    "runs by key": (
        "SELECT flow_id, entity_key, trigger_dedupe_key FROM followup_runs GROUP BY 1, 2, 3 HAVING count(*) > 1"
    ),
}


async def assert_exact(room: Room, kept: Sequence[str]) -> dict[str, int]:
    """Fails with what is lost or doubled; answers counts for the record."""
    wanted = [ids.parse("inb", each) for each in kept]
    found = await room.number("SELECT count(*) FROM inbound_deliveries WHERE id = ANY($1)", wanted)
    assert found == len(set(wanted)), f"{len(set(wanted)) - found} acknowledged deliveries are lost"
    states = await room.sql("SELECT status, reason, count(*) FROM inbound_deliveries GROUP BY 1, 2")
    assert {row[0] for row in states} <= {"processed", "ignored", "stale"}, f"not applied: {states}"
    lost = await room.number(
        "SELECT count(*) FROM inbound_deliveries d WHERE d.id = ANY($1) AND NOT EXISTS (SELECT FROM orders o WHERE "
        "o.shop_id = d.shop_id AND d.resource LIKE '%' || o.external_id)",
        wanted,
    )
    assert lost == 0, f"{lost} deliveries left no order"
    for what, query in ONCE.items():
        assert await room.sql(query) == [], f"twice: {what}"
    parked = await room.sql("SELECT kind, last_error, count(*) FROM jobs WHERE status = 'failed' GROUP BY 1, 2")
    assert parked == [], f"parked: {parked}"
    return await _counts(room)


async def _counts(room: Room) -> dict[str, int]:
    rows = await room.sql("SELECT status, count(*) FROM messages GROUP BY 1")
    written = _mails(room)
    sent = await room.sql("SELECT id FROM messages WHERE status IN ('sent', 'delivered') AND channel = 'email'")
    missing = [row[0] for row in sent if ids.show("msg", row[0]) not in written]
    assert missing == [], "said to be sent, but no mail is there"
    return {**{row[0]: row[1] for row in rows}, "mails": len(written)}


def _mails(room: Room) -> set[str]:
    return {mail.stem for mail in Path(room.env["AFTERSALES_DATA_DIR"]).glob("mailbox/*/msg_*.json")}
