"""From what a client asks to judged and priced lines; the pure rules do the work."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.kit.errors import AppError
from aftersales_api.kit.ids import show
from aftersales_api.returns.errors import (
    DuplicateLine,
    ResolutionNotAvailable,
    UnknownLine,
    UnknownReason,
    UnknownSerial,
)
from aftersales_api.returns.policy.eligibility import MESSAGES, Assessment, Wish, assess
from aftersales_api.returns.policy.quote import Quote, Terms, Unit, price
from aftersales_api.returns.policy.standing import LineStanding
from aftersales_api.returns.policy.words import Fault, LegalBasis, RefundMode, ResolutionType
from aftersales_api.returns.queries.scene import ReasonKnown, Scene

DEFAULT_REASON = "other"


class EligibilityRefusal(AppError):
    """A line may not come back; the code says why, the facts say how many might."""

    status, code, codes = 409, "not_returnable", tuple(MESSAGES)

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        order_line_id: str,
        returnable_quantity: int,
        deadline_at: datetime | None,
        reasons: Sequence[dict[str, Any]],
    ) -> None:
        super().__init__(
            detail,
            order_line_id=order_line_id,
            returnable_quantity=returnable_quantity,
            deadline_at=deadline_at,
            reasons=list(reasons),
        )
        self.code = code  # type: ignore[misc]  # the reason is the code


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAsked:
    """Units of a line that somebody wants to send back."""

    order_line_id: UUID
    quantity: int
    reason_code: str | None = None
    reason_id: UUID | None = None
    note: str | None = None
    photos: list[str] = field(default_factory=list)
    serials: list[str] = field(default_factory=list)
    resolution: ResolutionType | None = None
    unshipped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One line with its verdict."""

    asked: ItemAsked
    line: LineStanding
    reason: ReasonKnown
    assessment: Assessment
    resolution: ResolutionType

    @property
    def unit(self) -> Unit:
        return Unit(
            line=self.line,
            quantity=self.asked.quantity,
            fault=self.reason.fault,
            basis=self.assessment.legal_basis,
            resolved=self.assessment.resolved,
            payer=self.assessment.payer,
            resolution=self.resolution,
        )


def judge(
    scene: Scene,
    items: Sequence[ItemAsked],
    channel: str,
    basis: LegalBasis | None,
    now: datetime,
    place: str = "/body/items",
    *,
    is_gift: bool = False,
) -> list[Judged]:
    """Judge every line asked about; malformed questions are refused here, ineligible ones answered."""
    seen: set[UUID] = set()
    found = []
    for index, item in enumerate(items):
        pointer = f"{place}/{index}/order_line_id"
        if item.order_line_id in seen:
            raise DuplicateLine(pointer)
        seen.add(item.order_line_id)
        line = scene.order.line(item.order_line_id)
        if line is None:
            raise UnknownLine(pointer)
        if item.serials and (
            len(item.serials) > item.quantity or (line.serials and not set(item.serials) <= set(line.serials))
        ):
            raise UnknownSerial(f"{place}/{index}/serials")
        reason = reason_of(scene, item, f"{place}/{index}")
        wish = Wish(
            quantity=item.quantity,
            reason_code=reason.code,
            fault=reason.fault,
            legal_basis=basis,
            serials=tuple(item.serials),
        )
        verdict = assess(scene.order, line, wish, scene.known(channel), now)
        resolution = item.resolution or usual_resolution(scene, is_gift=is_gift)
        found.append(Judged(asked=item, line=line, reason=reason, assessment=verdict, resolution=resolution))
    return found


def usual_resolution(scene: Scene, *, is_gift: bool) -> ResolutionType:
    """What is wished for by who says nothing; a gift is never paid back to its giver."""
    if not is_gift:
        return ResolutionType.REFUND_ORIGINAL
    return ResolutionType.STORE_CREDIT if scene.choices.store_credit_ledger else ResolutionType.EXCHANGE


def reason_of(scene: Scene, item: ItemAsked, pointer: str) -> ReasonKnown:
    """The shop's reason that was named; without one, `other`."""
    if item.reason_id is not None:
        found = next((each for each in scene.reasons.values() if each.id == item.reason_id), None)
    else:
        found = scene.reasons.get(item.reason_code or DEFAULT_REASON)
    if found is None and item.reason_code is None and item.reason_id is None:
        found = ReasonKnown(
            code=DEFAULT_REASON,
            id=scene.order.id,
            fault=Fault.CUSTOMER,
            label={},
            requires_photo=False,
            requires_note=False,
            allowed_resolutions=(),
            active=True,
        )
    if found is None or not found.active:
        raise UnknownReason(f"{pointer}/reason_code")
    return found


def refuse_ineligible(judged: Sequence[Judged]) -> None:
    """The first line that may not come back refuses the whole request, with its code and figures."""
    for each in judged:
        verdict = each.assessment
        if verdict.code is not None:
            raise EligibilityRefusal(
                verdict.code,
                MESSAGES[verdict.code],
                order_line_id=show("oli", each.line.id),
                returnable_quantity=verdict.returnable_quantity,
                deadline_at=verdict.deadline_at,
                reasons=[reason.shown() for reason in verdict.reasons],
            )


GIFTS = frozenset({"store_credit", "exchange", "replacement"})


def refuse_resolutions(scene: Scene, judged: Sequence[Judged], *, is_gift: bool = False) -> None:
    """Only what the rules and the reason allow may be wished for; credit needs a ledger, a gift pays nobody back."""
    for each in judged:
        allowed = list(each.assessment.resolved.effect.allowed_resolutions or ())
        if is_gift:
            allowed = [name for name in allowed if name in GIFTS]
        if each.reason.allowed_resolutions:
            allowed = [name for name in allowed if name in each.reason.allowed_resolutions]
        if each.resolution is ResolutionType.NONE:
            continue
        if each.resolution.value not in allowed:
            raise ResolutionNotAvailable(each.resolution.value, allowed)
        if each.resolution is ResolutionType.STORE_CREDIT and not scene.choices.store_credit_ledger:
            raise ResolutionNotAvailable(
                RefundMode.STORE_CREDIT.value, [name for name in allowed if name != "store_credit"]
            )


def quote(scene: Scene, judged: Sequence[Judged], *, is_posted: bool = True, counts_returns: bool = False) -> Quote:
    """Price what may come back."""
    units = [each.unit for each in judged if each.assessment.eligible and each.resolution in PAID_OUT]
    agreed = terms(scene, is_posted=is_posted)
    return price(scene.order, units, replace(agreed, counts_returns=counts_returns))


PAID_OUT = frozenset({ResolutionType.REFUND_ORIGINAL, ResolutionType.STORE_CREDIT})


def terms(scene: Scene, *, flat_fees_taken: bool = False, label_used: bool = False, is_posted: bool = True) -> Terms:
    """The shop's choices as a quote needs them."""
    return Terms(
        shipping=scene.choices.shipping_refund,
        tender=scene.choices.tender_order,
        right=scene.pack.withdrawal if scene.pack else None,
        flat_fees_taken=flat_fees_taken,
        label_used=label_used,
        is_posted=is_posted,
    )


def evaluation(scene: Scene, judged: Sequence[Judged]) -> dict[str, Any]:
    """What was decided and by which rules: enough to decide it again exactly."""
    return {
        "policy_number": scene.policy_number,
        "pack_version": scene.pack.version if scene.pack else None,
        "inputs": {
            "returns_last_90d": scene.recent,
            "shipped_at": scene.order.shipped_at,
            "customer_segments": sorted(scene.named_segments),
            "region": scene.region,
            "was_informed": scene.was_informed,
        },
        "lines": [
            {
                "order_line_id": show("oli", each.line.id),
                "inputs": {"delivered_at": each.line.delivered_at, "returnable_quantity": each.line.returnable_qty},
                "decision": each.assessment.decision,
                "legal_basis": each.assessment.legal_basis.value,
                "deadline_at": each.assessment.deadline_at,
                "reasons": [reason.shown() for reason in each.assessment.reasons],
                "effect": effect_of(each),
                "rules": dict(each.assessment.resolved.given_by),
            }
            for each in judged
        ],
    }


def effect_of(each: Judged) -> dict[str, Any]:
    """The answer of the rules, as it is kept with the item."""
    return {name: value for name, value in asdict(each.assessment.resolved.effect).items() if value is not None}
