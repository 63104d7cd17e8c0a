"""Everything a decision about coming back needs, read in one statement: the order with its money, the rules, the shop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

from sqlalchemy import text

from aftersales_api.infra.db import Session
from aftersales_api.kit.calendar import local_date
from aftersales_api.kit.errors import NotFound
from aftersales_api.returns.errors import OrderIncomplete
from aftersales_api.returns.policy.choices import Choices
from aftersales_api.returns.policy.eligibility import Standing
from aftersales_api.returns.policy.packs import Pack, pack_for
from aftersales_api.returns.policy.rules import Rule, rule_from
from aftersales_api.returns.policy.standing import (
    LineStanding,
    OrderStanding,
    OwnRefund,
    PaymentStanding,
    PlatformRefund,
)
from aftersales_api.returns.policy.words import Fault

T = TypeVar("T")

# Everything but how often the customer returned of late, which changes with the clock alone.
PARTS = """
 to_jsonb(o) - 'shipping_address' - 'extra' - 'held_over' AS the_order, o.shipping_address ->> 'region' AS region,
 (SELECT to_jsonb(k.tags) FROM customers k WHERE k.shop_id = o.shop_id AND k.id = o.customer_id) AS customer_tags,
 s.timezone, s.country AS shop_country, s.locales, s.name AS shop_name,
 (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.position, l.id) FROM order_lines l
   WHERE l.shop_id = o.shop_id AND l.order_id = o.id AND NOT l.is_removed) AS lines,
 (SELECT jsonb_agg(to_jsonb(p)) FROM order_payments p WHERE p.shop_id = o.shop_id AND p.order_id = o.id
   AND p.status = 'succeeded') AS payments,
 (SELECT jsonb_agg(to_jsonb(r)) FROM order_refunds r WHERE r.shop_id = o.shop_id AND r.order_id = o.id) AS platform_refunds,
 (SELECT jsonb_agg(to_jsonb(f)) FROM refunds f WHERE f.shop_id = o.shop_id AND f.order_id = o.id) AS refunds,
 (SELECT max(h.shipped_at) FROM shipments h WHERE h.shop_id = o.shop_id AND h.order_id = o.id AND NOT h.is_cancelled) AS shipped_at,
 (SELECT jsonb_agg(to_jsonb(v) ORDER BY v.number) FROM return_policy_versions v WHERE v.shop_id = o.shop_id) AS versions,
 (SELECT jsonb_build_object('choices', c.choices, 'gateway_url', c.gateway_url) FROM return_settings c WHERE c.shop_id = o.shop_id) AS settings,
 (SELECT jsonb_agg(to_jsonb(a)) FROM return_reasons a WHERE a.shop_id = o.shop_id) AS reasons,
 (SELECT jsonb_agg(i.order_line_id) FROM exchanges e JOIN return_items i ON i.shop_id = e.shop_id AND i.return_id = e.return_id
   WHERE e.shop_id = o.shop_id AND e.order_id = o.id AND e.status NOT IN ('cancelled', 'converted_to_refund')) AS in_exchange
"""
RECENT = """(SELECT count(*) FROM returns t WHERE t.shop_id = o.shop_id AND t.customer_id = o.customer_id
   AND t.created_at > {now} - interval '90 days')"""
SOURCE = "FROM orders o JOIN shops s ON s.id = o.shop_id"
_NOW = RECENT.format(now="CAST(:now AS timestamptz)")
_READ = text(f"SELECT {PARTS}, {_NOW} AS recent {SOURCE} WHERE o.id = :id")
# NO KEY: whoever writes a row that names the order (a message, held under its customer's lock) need not wait for us,
# while we may wait for that customer's lock ourselves.
LOCK = text("SELECT id FROM orders WHERE id = :id FOR NO KEY UPDATE")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonKnown:
    code: str
    id: UUID
    fault: Fault
    label: Mapping[str, str]
    requires_photo: bool
    requires_note: bool
    allowed_resolutions: tuple[str, ...]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One order in its shop at one moment."""

    order: OrderStanding
    zone: str
    shop_name: str
    locales: tuple[str, ...]
    choices: Choices
    gateway_url: str | None
    reasons: Mapping[str, ReasonKnown]
    pack: Pack | None
    rules: Sequence[Rule]
    policy_version_id: UUID | None
    policy_number: int
    recent: int
    in_exchange: frozenset[UUID]
    region: str | None = None
    customer_tags: frozenset[str] = frozenset()

    @property
    def pack_zone(self) -> str:
        return self.pack.zone_for(self.order.country) if self.pack else self.zone

    @property
    def was_informed(self) -> bool:
        """Whether the customer was told of the right to withdraw when the order was placed."""
        since = self.choices.informs_since
        return self.choices.informs_of_withdrawal and (since is None or self.order.ordered_at >= _instant(since))

    @property
    def named_segments(self) -> frozenset[str]:
        """The customer's groups that rules in force ask about; no others are kept with a decision."""
        named = {name for rule in self.rules for name in rule.match.customer_segments or ()}
        return self.customer_tags & named

    def known(self, channel: str) -> Standing:
        """What eligibility may look at."""
        return Standing(
            pack=self.pack,
            rules=self.rules,
            zone=self.pack_zone,
            channel=channel,
            returns_last_90d=self.recent,
            in_exchange=self.in_exchange,
            was_informed=self.was_informed,
            region=self.region,
            customer_segments=self.customer_tags,
        )


async def lock_order(tx: Session, order_id: UUID) -> None:
    """Nobody else decides about this order until the transaction ends; 404 when it is not there."""
    if await tx.scalar(LOCK, {"id": order_id}) is None:
        raise NotFound


async def scene_for_update(tx: Session, order_id: UUID, now: datetime) -> Scene:
    """Lock the order, then read everything about it."""
    await lock_order(tx, order_id)
    return await scene(tx, order_id, now)


async def scene(tx: Session, order_id: UUID, now: datetime) -> Scene:
    """Read everything about an order; 404 when it is not there."""
    await tx.flush()
    row = (await tx.execute(_READ, {"id": order_id, "now": now})).mappings().one_or_none()
    if row is None:
        raise NotFound
    return scene_from(dict(row))


def scene_from(row: Mapping[str, Any]) -> Scene:
    """The scene in a row as it was read; refused while only a parcel of the order is known."""
    if row["the_order"]["source_state"] != "real" or row["the_order"]["currency"] is None:
        raise OrderIncomplete
    order = _order(row)
    settings = row["settings"] or {}
    version = version_for(row["versions"] or (), order.ordered_at)
    country = order.country or row["shop_country"]
    return Scene(
        order=order,
        zone=row["timezone"],
        shop_name=row["shop_name"],
        locales=tuple(row["locales"]),
        choices=Choices.of(settings.get("choices") or {}),
        gateway_url=settings.get("gateway_url"),
        reasons={each["code"]: _reason(each) for each in row["reasons"] or ()},
        pack=pack_for(country, local_date(order.ordered_at, row["timezone"])),
        rules=[rule_from(each, index) for index, each in enumerate(version["rules"])] if version else [],
        policy_version_id=UUID(version["id"]) if version else None,
        policy_number=version["number"] if version else 0,
        recent=row["recent"],
        in_exchange=frozenset(UUID(each) for each in row["in_exchange"] or ()),
        region=row.get("region"),
        customer_tags=frozenset(row.get("customer_tags") or ()),
    )


def version_for(versions: Sequence[Mapping[str, Any]], ordered_at: datetime) -> Mapping[str, Any] | None:
    """The version in force when the order was placed; before the first one, the first."""
    valid = [each for each in versions if each["valid_from"] is None or _instant(each["valid_from"]) <= ordered_at]
    return valid[-1] if valid else versions[0] if versions else None


def _order(row: Mapping[str, Any]) -> OrderStanding:
    said = dict(row["the_order"])
    said["country"] = said.get("shipping_country") or row["shop_country"]
    said["lines"] = tuple(read(LineStanding, each) for each in row["lines"] or ())
    said["payments"] = tuple(read(PaymentStanding, each) for each in row["payments"] or ())
    said["platform_refunds"] = tuple(read(PlatformRefund, each) for each in row["platform_refunds"] or ())
    said["refunds"] = tuple(read(OwnRefund, each) for each in row["refunds"] or ())
    said["shipped_at"] = row["shipped_at"]
    said["total_minor"], said["shipping_minor"] = said["total_minor"] or 0, said["shipping_minor"] or 0
    return read(OrderStanding, said)


def _reason(said: Mapping[str, Any]) -> ReasonKnown:
    return ReasonKnown(
        code=said["code"],
        id=UUID(said["id"]),
        fault=Fault(said["fault"]),
        label=said["label"],
        requires_photo=said["requires_photo"],
        requires_note=said["requires_note"],
        allowed_resolutions=tuple(said["allowed_resolutions"]),
        active=said["active"],
    )


_SHAPES: dict[type[Any], list[tuple[str, Any]]] = {}


def read(shape: type[T], row: Mapping[str, Any]) -> T:
    """A frozen dataclass from a `to_jsonb` row: ids, instants and lists in their own types."""
    known = _SHAPES.get(shape)
    if known is None:
        hints = get_type_hints(shape)
        known = _SHAPES[shape] = [(each.name, _reader(hints[each.name])) for each in fields(shape)]  # type: ignore[arg-type]  # the shapes are dataclasses
    return shape(**{name: reader(row[name]) if reader else row[name] for name, reader in known if name in row})


def _reader(hint: Any) -> Any:
    said = str(hint)
    if "UUID" in said and "tuple" not in said:
        return _uuid
    if "datetime" in said:
        return lambda value: _instant(value) if value is not None else None
    if "tuple" in said:
        return lambda value: tuple(value or ())
    return None


def _uuid(value: Any) -> UUID | None:
    return value if value is None or isinstance(value, UUID) else UUID(value)


def _instant(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.astimezone(UTC)
