"""Dossiers by the batch: held in one statement, locked and read in a second, written in a third, whatever their number."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from aftersales_api.customers import queries as people
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.event_log import Entry
from aftersales_api.infra.jobs import lock_key
from aftersales_api.infra.rowset import RowSet, as_json
from aftersales_api.kit.ids import new_id
from aftersales_api.orders.policy.dossier import (
    Dossier,
    LineKnown,
    OrderKnown,
    ParcelKnown,
    PaymentKnown,
    RefundKnown,
    ScanKnown,
)
from aftersales_api.orders.policy.parcels import parcel_keys

ORDERS = RowSet(OrderKnown, "orders", foreign=frozenset({"shipping_refunded_minor"}), versioned=True)
LINES = RowSet(
    LineKnown, "order_lines", foreign=frozenset({"reserved_qty", "refunded_qty", "refunded_minor", "goodwill_minor"})
)
PARCELS = RowSet(ParcelKnown, "shipments", apart=frozenset({"scans"}), versioned=True)
SCANS = RowSet(ScanKnown, "tracking_events")
REFUNDS = RowSet(RefundKnown, "order_refunds")
PAYMENTS = RowSet(PaymentKnown, "order_payments", foreign=frozenset({"refund_reserved_minor", "refunded_minor"}))

Key = tuple[str, str]

# The advisory locks keep two batches off one order (or person, or parcel) that does not exist yet.
HOLD = text("SELECT pg_advisory_xact_lock(k) FROM (SELECT unnest(CAST(:keys AS bigint[])) AS k ORDER BY 1) s")

_CHILD = "(SELECT jsonb_agg(to_jsonb(c)) FROM {table} c WHERE c.shop_id = o.shop_id AND c.order_id = o.id)"
# Lines and payments of exchanges are ours: no source knows them, so none may change them.
_OWN = f"{_CHILD[:-1]} AND c.exchange_id IS NULL)"
READ = text(f"""
WITH {people.BOOK_PARTS},
known AS (
  SELECT n.id FROM unnest(CAST(:sources AS text[]), CAST(:externals AS text[])) AS w(source, external_id)
  CROSS JOIN LATERAL (SELECT id FROM orders x WHERE x.source = w.source AND x.external_id = w.external_id LIMIT 1) n
  UNION SELECT unnest(CAST(:ids AS uuid[]))),
mine AS MATERIALIZED (SELECT * FROM orders WHERE id = ANY(ARRAY(SELECT id FROM known)) ORDER BY id FOR UPDATE)
SELECT {people.BOOK_COLUMNS},
(SELECT jsonb_agg(jsonb_build_object(
   'order', to_jsonb(o),
   'waited', o.version <> (SELECT s.version FROM orders s WHERE s.shop_id = o.shop_id AND s.id = o.id),
   'lines', {_OWN.format(table="order_lines")},
   'refunds', {_CHILD.format(table="order_refunds")},
   'payments', {_OWN.format(table="order_payments")},
   'parcels', {_CHILD.format(table="shipments")},
   'scans', (SELECT jsonb_agg(to_jsonb(e)) FROM tracking_events e WHERE e.shop_id = o.shop_id AND e.shipment_id = ANY(ARRAY(
      SELECT p.id FROM shipments p WHERE p.shop_id = o.shop_id AND p.order_id = o.id))),
   'moments', (SELECT jsonb_agg(m.key) FROM order_moments m WHERE m.shop_id = o.shop_id AND m.order_id = o.id)
 )) FROM mine o) AS dossiers,
(SELECT jsonb_agg(to_jsonb(w) ORDER BY w.id) FROM waiting_scans w WHERE w.parcel_key = ANY(CAST(:parcels AS text[]))) AS waiting,
(SELECT jsonb_agg(DISTINCT k.order_id) FROM parcel_keys k WHERE k.parcel_key = ANY(CAST(:tracked AS text[]))) AS carriers,
(SELECT jsonb_agg(jsonb_build_array(p.source, p.external_id, p.sku, p.id)) FROM products p
  WHERE p.external_id = ANY(CAST(:products AS text[])) OR p.sku = ANY(CAST(:skus AS text[]))) AS products
""")  # noqa: S608 - constant parts only


@cache
def _write() -> TextClause:
    return text(_WRITE.replace("put_events_and_jobs", event_log.put_parts()))


_WRITE = f"""
WITH {people.WRITE_PARTS},
put_events_and_jobs,
put_orders AS ({ORDERS.upsert("orders")}),
put_lines AS ({LINES.upsert("lines")}),
put_parcels AS ({PARCELS.upsert("parcels")}),
put_scans AS ({SCANS.upsert("scans")}),
put_refunds AS ({REFUNDS.upsert("refunds")}),
put_payments AS ({PAYMENTS.upsert("payments")}),
put_keys AS (
  INSERT INTO parcel_keys (shop_id, id, parcel_key, shipment_id, order_id)
  SELECT CAST(:shop AS uuid), n.id, n.parcel_key, n.shipment_id, n.order_id
  FROM jsonb_populate_recordset(NULL::parcel_keys, CAST(:parcel_keys AS jsonb)) n ON CONFLICT DO NOTHING),
put_moments AS (
  INSERT INTO order_moments (shop_id, id, order_id, key, event_id)
  SELECT CAST(:shop AS uuid), m.id, m.order_id, m.key, m.event_id
  FROM jsonb_populate_recordset(NULL::order_moments, CAST(:moments AS jsonb)) m),
gone AS (DELETE FROM waiting_scans WHERE id = ANY(CAST(:attached AS uuid[])))
INSERT INTO waiting_scans (shop_id, id, parcel_key, event_key, carrier, event, estimated_delivery_at, is_test, received_at)
SELECT CAST(:shop AS uuid), w.id, w.parcel_key, w.event_key, w.carrier, w.event, w.estimated_delivery_at, w.is_test, w.received_at
FROM jsonb_populate_recordset(NULL::waiting_scans, CAST(:waiting AS jsonb)) w ON CONFLICT DO NOTHING
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Request:
    """What a batch of facts needs: orders by their source's key or by our id, people, parcels by their names, products.

    `tracked` are names of parcels whose order must be found by them.
    """

    people: people.Wanted
    orders: frozenset[Key] = frozenset()
    order_ids: frozenset[UUID] = frozenset()
    parcels: frozenset[str] = frozenset()
    tracked: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    skus: frozenset[str] = frozenset()

    def lock_keys(self) -> list[int]:
        shop = current_shop()
        orders = [lock_key(shop, "order", source, external) for source, external in self.orders]
        parcels = [lock_key(shop, "parcel", key) for key in self.parcels | self.tracked]
        return sorted({*orders, *parcels, *self.people.lock_keys()})

    def order_parameters(self) -> dict[str, Any]:
        orders = sorted(self.orders)
        return {
            "sources": [source for source, _ in orders],
            "externals": [external for _, external in orders],
            "ids": sorted(self.order_ids),
        }

    def parameters(self) -> dict[str, Any]:
        return {
            **self.people.parameters(),
            **self.order_parameters(),
            "parcels": sorted(self.parcels | self.tracked),
            "tracked": sorted(self.tracked),
            "products": sorted(self.products),
            "skus": sorted(self.skus),
        }


@dataclass(frozen=True, slots=True)
class Told:
    """A moment that was told by an event."""

    order_id: UUID
    key: str
    event_id: UUID


@dataclass(slots=True)
class Desk:
    """Everything a batch of facts works on, and how it was read, so that only what changed is written."""

    people: people.OpenBook
    dossiers: dict[Key, Dossier] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    attached: list[UUID] = field(default_factory=list)
    newly_waiting: list[dict[str, Any]] = field(default_factory=list)
    products: dict[tuple[str, str], UUID] = field(default_factory=dict)
    before: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    told_of: dict[UUID, tuple[object, ...]] = field(default_factory=dict)
    versions: dict[UUID, int] = field(default_factory=dict)

    def dossier(self, source: str, external_id: str, now: datetime, connection_id: UUID | None = None) -> Dossier:
        """The dossier of an order; one never heard of begins as a stub."""
        found = self.dossiers.get((source, external_id))
        if found is None:
            order = OrderKnown(
                id=new_id(),
                source=source,
                external_id=external_id,
                connection_id=connection_id,
                created_at=now,
                updated_at=now,
            )
            found = self.dossiers[source, external_id] = Dossier(order=order, is_new=True)
        return found


CARRIERS = text("SELECT DISTINCT order_id FROM parcel_keys WHERE parcel_key = ANY(CAST(:tracked AS text[]))")


async def desk_for_update(tx: Session, request: Request) -> Desk:
    """Lock and read everything a batch is about."""
    if request.tracked:
        known = await tx.scalars(CARRIERS, {"tracked": sorted(request.tracked)})
        request = replace(request, order_ids=request.order_ids | frozenset(known))
    while True:
        await tx.execute(HOLD, {"keys": request.lock_keys()})
        row = dict((await tx.execute(READ, request.parameters())).mappings().one())
        carriers = frozenset(map(UUID, row["carriers"] or ()))
        found = row["dossiers"] or ()
        if carriers <= {UUID(each["order"]["id"]) for each in found} and not any(each["waited"] for each in found):
            return _lay_out(row, request)
        # An order was changed while we waited for it, so its parcels were read too early; or a parcel was declared between
        # finding and locking, and its order belongs on the desk as well. Now that all is held, read again.
        request = replace(request, order_ids=request.order_ids | carriers)


def _lay_out(row: dict[str, Any], request: Request) -> Desk:
    desk = Desk(people.open_book(row, request.people))
    for each in row["dossiers"] or ():
        dossier = _read_dossier(each, desk.before)
        desk.versions |= {UUID(row["id"]): row["version"] for row in (each["order"], *(each["parcels"] or ()))}
        desk.dossiers[dossier.order.source, dossier.order.external_id] = dossier
    desk.waiting = list(row["waiting"] or ())
    for source, external_id, sku, product_id in row["products"] or ():
        desk.products[f"id:{source}", external_id] = UUID(product_id)
        if sku:
            desk.products["sku", sku] = UUID(product_id)
    return desk


def _read_dossier(row: Mapping[str, Any], before: dict[UUID, dict[str, Any]]) -> Dossier:
    order = ORDERS.read(row["order"])
    dossier = Dossier(order=order, moments=set(row["moments"] or ()))
    for line in map(LINES.read, row["lines"] or ()):
        dossier.lines[line.external_id] = line
    for refund in map(REFUNDS.read, row["refunds"] or ()):
        dossier.refunds[refund.external_id] = refund
    for payment in map(PAYMENTS.read, row["payments"] or ()):
        dossier.payments[payment.external_id] = payment
    by_id: dict[UUID, ParcelKnown] = {}
    for each in row["parcels"] or ():
        parcel = PARCELS.read(each)
        dossier.parcels[parcel.external_id] = by_id[parcel.id] = parcel
    for scan in map(SCANS.read, row["scans"] or ()):
        by_id[scan.shipment_id].scans[scan.event_key] = scan
    before.update((row["id"], row) for rows in rows_of(dossier, RowSet.snapshot).values() for row in rows)
    return dossier


Rows = dict[str, list[dict[str, Any]]]


def rows_of(dossier: Dossier, row_of: Callable[[RowSet[Any], Any], dict[str, Any]]) -> Rows:
    """A dossier as rows, by the parameter that writes them."""
    scans = [scan for parcel in dossier.parcels.values() for scan in parcel.scans.values()]
    found: tuple[tuple[str, RowSet[Any], Iterable[Any]], ...] = (
        ("orders", ORDERS, [dossier.order]),
        ("lines", LINES, dossier.lines.values()),
        ("parcels", PARCELS, dossier.parcels.values()),
        ("scans", SCANS, scans),
        ("refunds", REFUNDS, dossier.refunds.values()),
        ("payments", PAYMENTS, dossier.payments.values()),
    )
    return {name: [row_of(rows, each) for each in objects] for name, rows, objects in found}


def _changed_rows(desk: Desk, dossier: Dossier, now: datetime) -> Rows:
    """The rows that differ from what was read. A new scan makes a new version of its parcel, any change one of the order."""
    if dossier.is_new:
        return rows_of(dossier, RowSet.new)
    rows = rows_of(dossier, RowSet.values)
    changed = {name: [row for row in found if desk.before.get(row["id"]) != row] for name, found in rows.items()}
    touched = {row["shipment_id"] for row in changed["scans"]} | {row["id"] for row in changed["parcels"]}
    changed["parcels"] = [{**row, "updated_at": now} for row in rows["parcels"] if row["id"] in touched]
    if any(changed.values()):
        changed["orders"] = [{**rows["orders"][0], "updated_at": now}]
    return changed


async def write_desk(
    tx: Session,
    desk: Desk,
    changed: Iterable[Dossier],
    told: Iterable[Told] = (),
    entries: Sequence[Entry] = (),
    *,
    now: datetime,
    actor: str = "system",
) -> None:
    """Write what a batch changed and tell it, in one statement; an order is a new version whenever anything of it changed."""
    rows: Rows = {name: [] for name in ("orders", "lines", "parcels", "scans", "refunds", "payments")}
    rows["moments"] = [
        {"id": new_id(), "order_id": each.order_id, "key": each.key, "event_id": each.event_id} for each in told
    ]
    rows["waiting"], rows["parcel_keys"] = desk.newly_waiting, []
    for dossier in changed:
        fresh = _changed_rows(desk, dossier, now)
        for name, found in fresh.items():
            rows[name] += found
        moved = {row["id"] for row in fresh["parcels"]}
        rows["parcel_keys"] += [
            key for parcel in dossier.parcels.values() if parcel.id in moved for key in _keys(parcel)
        ]
    people_rows = desk.people.changes()
    if any(rows.values()) or entries or desk.attached or any(each != "[]" for each in people_rows.values()):
        await tx.execute(
            _write(),
            {
                "shop": current_shop(),
                **people_rows,
                **event_log.parameters(tx, entries, now=now, actor=actor),
                **{name: as_json(found) for name, found in rows.items()},
                "attached": desk.attached,
            },
        )


def _keys(parcel: ParcelKnown) -> Sequence[dict[str, Any]]:
    names = {"shipment_id": parcel.id, "order_id": parcel.order_id}
    return [{"id": new_id(), "parcel_key": key, **names} for key in parcel_keys(parcel)]
