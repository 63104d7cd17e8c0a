"""May this line come back? Statute first, hard facts, the shop's rules; fraud flags only ask for a look (returns.md, 2.3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from aftersales_api.kit import calendar
from aftersales_api.kit.durations import Duration, after
from aftersales_api.returns.policy import window
from aftersales_api.returns.policy.packs import Pack
from aftersales_api.returns.policy.rules import Asked, Resolved, Rule, resolve
from aftersales_api.returns.policy.standing import LineStanding, OrderStanding
from aftersales_api.returns.policy.words import Fault, LegalBasis, Payer, ReturnMethod

TOO_MANY: Final = frozenset({"quantity_exhausted", "already_in_exchange"})
"""Reasons that name too many units, not the wrong ones: fewer may still come back."""
GIFT_CARDS: Final = frozenset({"gift_card", "gift_cards"})
MESSAGES: Final = {
    "window_expired": "The time to return it is over.",
    "final_sale": "It was sold as final sale.",
    "not_delivered": "It has not been delivered yet.",
    "not_fulfilled": "It has not been sent yet.",
    "quantity_exhausted": "All units sent are in a return or refunded already.",
    "category_excluded": "Goods of this kind cannot be returned.",
    "region_excluded": "Returns from this country are not offered.",
    "exempt_from_withdrawal": "The law exempts these goods from withdrawal.",
    "already_in_exchange": "The unit is in an exchange.",
    "serial_mismatch": "The serial number does not belong to this line.",
    "customer_limit": "The customer has returned unusually often.",
    "needs_review": "A person looks at this request first.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, or with what reservation."""

    code: str
    rule_id: str | None = None

    def shown(self) -> dict[str, Any]:
        return {"code": self.code, "rule_id": self.rule_id, "message": MESSAGES[self.code]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked about a line: how many, why, and on which basis (None: the best one there is)."""

    quantity: int
    reason_code: str = "changed_mind"
    fault: Fault = Fault.CUSTOMER
    legal_basis: LegalBasis | None = None
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the rules know besides the order: the pack, the rules in force, the shop's zone, what the customer did lately."""

    pack: Pack | None
    rules: Sequence[Rule]
    zone: str
    channel: str = "api"
    customer_segments: frozenset[str] = frozenset()
    returns_last_90d: int = 0
    in_exchange: frozenset[Any] = frozenset()
    was_informed: bool = True
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The answer for one line."""

    returnable_quantity: int
    eligible: bool
    decision: str
    legal_basis: LegalBasis
    deadline_at: datetime | None
    window_started: bool
    payer: Payer
    reasons: tuple[Reason, ...]
    resolved: Resolved

    @property
    def code(self) -> str | None:
        """The first reason it may not come back."""
        return None if self.eligible or not self.reasons else self.reasons[0].code


def assess(order: OrderStanding, line: LineStanding, wish: Wish, known: Standing, now: datetime) -> Assessment:
    """Judge one line by the basis asked for, or by the one that gives the customer most."""
    if wish.legal_basis is not None:
        return _judge(order, line, wish, wish.legal_basis, known, now)
    tried = [_judge(order, line, wish, basis, known, now) for basis in _bases(line, wish, known)]
    return next((each for each in tried if each.eligible), tried[-1])


def _bases(line: LineStanding, wish: Wish, known: Standing) -> list[LegalBasis]:
    """The bases to try, the strongest for the customer first."""
    bases = [LegalBasis.GOODWILL]
    right = known.pack.withdrawal if known.pack else None
    if right is not None and line.withdrawal_exemption not in right.exemptions:
        bases.insert(0, LegalBasis.STATUTORY_WITHDRAWAL)
    if wish.fault in {Fault.MERCHANT, Fault.CARRIER}:
        bases = [LegalBasis.LEGAL_CONFORMITY, LegalBasis.GOODWILL]
    return bases


def _judge(
    order: OrderStanding, line: LineStanding, wish: Wish, basis: LegalBasis, known: Standing, now: datetime
) -> Assessment:
    asked = Asked(
        country=order.country,
        currency=order.currency,
        channel=known.channel,
        reason_code=wish.reason_code,
        legal_basis=basis.value,
        customer_segments=known.customer_segments,
    )
    found = resolve(known.rules, line, asked)
    blockers = _hard_facts(line, wish, known)
    deadline, started, refused = _layer(order, line, basis, known, found, now)
    blockers += refused
    notes, decision = _look(found, basis, known)
    quantity = 0 if any(each.code not in TOO_MANY for each in blockers) else line.returnable_qty
    return Assessment(
        returnable_quantity=quantity,
        eligible=not blockers,
        decision="decline" if blockers else decision,
        legal_basis=basis,
        deadline_at=deadline,
        window_started=started,
        payer=_payer(basis, wish, known, found),
        reasons=tuple(blockers) if blockers else tuple(notes),
        resolved=_statutory_effect(found) if basis is LegalBasis.STATUTORY_WITHDRAWAL else found,
    )


def _hard_facts(line: LineStanding, wish: Wish, known: Standing) -> list[Reason]:
    blockers = []
    if line.fulfilled_qty == 0:
        blockers.append(Reason("not_fulfilled"))
    elif line.returnable_qty < wish.quantity:
        blockers.append(Reason("already_in_exchange" if line.id in known.in_exchange else "quantity_exhausted"))
    if line.product_category in GIFT_CARDS:
        blockers.append(Reason("category_excluded"))
    if wish.serials and line.serials and not set(wish.serials) <= set(line.serials):
        blockers.append(Reason("serial_mismatch"))
    return blockers


def _layer(
    order: OrderStanding, line: LineStanding, basis: LegalBasis, known: Standing, found: Resolved, now: datetime
) -> tuple[datetime | None, bool, list[Reason]]:
    """Deadline, whether it has begun, and what this basis itself refuses."""
    if basis is LegalBasis.STATUTORY_WITHDRAWAL:
        return statute(order, line, known, now)
    if basis is LegalBasis.LEGAL_CONFORMITY and known.pack and known.pack.conformity_months:
        if line.delivered_at is None:
            return None, False, []
        months = Duration(months=12 if line.condition_sold == "used" else known.pack.conformity_months)
        deadline = window.last_second(after(line.delivered_at, months, known.zone), known.zone)
        return deadline, True, [] if window.is_open(deadline, now) else [Reason("window_expired")]
    if basis is LegalBasis.COMMERCIAL_WARRANTY:
        return None, True, []
    return _shop_layer(order, line, known, found, now)


def statute(
    order: OrderStanding, line: LineStanding, known: Standing, now: datetime
) -> tuple[datetime | None, bool, list[Reason]]:
    """The withdrawal layer of one line: its last second, whether the time began, and what the law refuses."""
    right = known.pack.withdrawal if known.pack else None
    if known.pack is None or right is None:
        return None, False, [Reason("region_excluded")]
    if line.withdrawal_exemption in right.exemptions:
        return None, False, [Reason("exempt_from_withdrawal")]
    deadline = window.withdrawal_deadline(
        known.pack, right, line.delivered_at, order.country, was_informed=known.was_informed
    )
    closed = not window.is_open(deadline, now)
    return deadline, deadline is not None, [Reason("window_expired")] if closed else []


def _shop_layer(
    order: OrderStanding, line: LineStanding, known: Standing, found: Resolved, now: datetime
) -> tuple[datetime | None, bool, list[Reason]]:
    effect, refused = found.effect, []
    if effect.returnable is False:
        refused.append(Reason("category_excluded", found.rule("returnable")))
    if line.is_final_sale or effect.final_sale:
        refused.append(Reason("final_sale", found.rule("final_sale")))
    anchor = _anchor(order, line, found)
    if anchor is None:
        return None, False, refused
    deadline = shop_deadline(anchor, found, known)
    if not window.is_open(deadline, now):
        refused.append(Reason("window_expired", found.rule("window_days")))
    return deadline, True, refused


def _anchor(order: OrderStanding, line: LineStanding, found: Resolved) -> datetime | None:
    """From when the shop's days count; without a delivery event, from dispatch plus the usual days on the way."""
    effect = found.effect
    if effect.window_anchor == "ordered":
        return order.ordered_at
    if effect.window_anchor == "fulfilled":
        return order.shipped_at
    if line.delivered_at is not None:
        return line.delivered_at
    return order.shipped_at + timedelta(days=effect.fallback_transit_days or 0) if order.shipped_at else None


def shop_deadline(anchor: datetime, found: Resolved, known: Standing) -> datetime:
    """The last second of the shop's own window."""
    effect = found.effect
    days = _days(found, known)
    day = calendar.local_date(anchor, known.zone)
    if effect.business_days and known.pack is not None:
        last = known.pack.after_working_days(day, days)
    else:
        last = day + timedelta(days=days)
    if effect.holiday_extension_until is not None:
        last = max(last, effect.holiday_extension_until)
    return calendar.end_of_day(last, known.zone) - window.SECOND


def _days(found: Resolved, known: Standing) -> int:
    """The shop's days; a shop that posted no policy gives what the state gives."""
    unposted = known.pack.days_unposted(known.region) if known.pack and not known.rules else None
    return unposted if unposted is not None else found.effect.window_days or 0


def _look(found: Resolved, basis: LegalBasis, known: Standing) -> tuple[list[Reason], str]:
    """Approve or let a person look; too many returns only ever ask for a look, and never for a statutory right."""
    effect, notes = found.effect, []
    decision = effect.auto or "review"
    limit = effect.max_returns_per_customer_90d
    if basis is not LegalBasis.STATUTORY_WITHDRAWAL and limit is not None and known.returns_last_90d >= limit:
        notes.append(Reason("customer_limit", found.rule("max_returns_per_customer_90d")))
        decision = "review" if decision == "approve" else decision
    if basis is LegalBasis.STATUTORY_WITHDRAWAL and decision == "decline":
        decision = "review"
    if decision == "review":
        notes.append(Reason("needs_review", found.rule("auto")))
    return notes, decision


def _payer(basis: LegalBasis, wish: Wish, known: Standing, found: Resolved) -> Payer:
    if wish.fault in {Fault.MERCHANT, Fault.CARRIER} or basis is LegalBasis.LEGAL_CONFORMITY:
        return Payer.MERCHANT
    if found.effect.return_shipping_payer is not None:
        return Payer(found.effect.return_shipping_payer)
    right = known.pack.withdrawal if known.pack else None
    if basis is LegalBasis.STATUTORY_WITHDRAWAL and right is not None:
        # Who was not told of it does not bear it (Directive 2011/83/EU, art. 14(1)).
        return Payer(right.return_postage) if known.was_informed else Payer.MERCHANT
    return Payer.CUSTOMER


def _statutory_effect(found: Resolved) -> Resolved:
    """What a shop rule may not take away from a withdrawal: no fee of the shop, money back by the same means."""
    return replace(
        found,
        effect=replace(
            found.effect,
            restocking_fee_pct=0,
            processing_fee_minor=0,
            final_sale=False,
            returnable=True,
            allowed_resolutions=tuple(dict.fromkeys(["refund_original", *(found.effect.allowed_resolutions or ())])),
            allowed_methods=(ReturnMethod.CARRIER.value, ReturnMethod.IN_STORE.value, ReturnMethod.OWN_WAY.value),
        ),
    )
