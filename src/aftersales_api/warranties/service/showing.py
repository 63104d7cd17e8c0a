"""Rows as clients see them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.kit.calendar import local_date
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import MoneyAmount
from aftersales_api.warranties import schemas as forms
from aftersales_api.warranties.models import (
    AppointmentRow,
    RegistrationRow,
    RepairRow,
    WarrantyClaimRow,
    WarrantyPlanRow,
)
from aftersales_api.warranties.policy import clock
from aftersales_api.warranties.service import registering, repairing
from aftersales_api.warranties.states import (
    APPOINTMENT,
    CLAIM,
    PUBLIC,
    REPAIR,
    AppointmentStatus,
    RegistrationStatus,
    RepairStatus,
    WarrantyClaimStatus,
)

CLAIM_OURS = frozenset({"check", "await_item"})
REPAIR_OURS = frozenset({"close", "unclaimed"})


def _own(form: Any, row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in form.model_fields if hasattr(row, name)}


def _paths(verbs: list[str], ours: frozenset[str] = frozenset()) -> list[str]:
    return [verb.replace("_", "-") for verb in verbs if verb not in ours]


def plan(row: WarrantyPlanRow) -> forms.WarrantyPlan:
    own = _own(forms.WarrantyPlan, row)
    return forms.WarrantyPlan(**{**own, "deductible": MoneyAmount.minor(row.deductible_minor, row.currency)})


def _terms(row: RegistrationRow) -> dict[str, Any]:
    """The plan as it was when the unit was registered; its money and its id in the form that all answers have."""
    said = _with_deductible(row.plan)
    return {**said, "plan_id": show("wpl", UUID(said["plan_id"]))} if said.get("plan_id") else said


def _with_deductible(kept: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a plan, with its money in the form that all answers have."""
    said = {name: value for name, value in kept.items() if name not in {"deductible_minor", "currency"}}
    if kept.get("currency"):
        said["deductible"] = MoneyAmount.minor(kept.get("deductible_minor") or 0, kept["currency"]).model_dump()
    return said


def _suspensions(row: RegistrationRow) -> list[forms.SuspensionShown]:
    return [forms.SuspensionShown(since=each.since, until=each.until) for each in registering.suspensions_of(row)]


def registration(row: RegistrationRow) -> forms.Registration:
    may_void = RegistrationStatus(row.status) in {
        RegistrationStatus.PENDING,
        RegistrationStatus.ACTIVE,
        RegistrationStatus.SUSPENDED,
    }
    return forms.Registration(
        **{
            **_own(forms.Registration, row),
            "kind": str(row.plan.get("kind", "legal")),
            "plan": _terms(row),
            "next": ["transfer", "void"] if may_void else [],
            "ends_on": local_date(row.ends_at, row.zone),
            "suspensions": _suspensions(row),
        }
    )


def coverage(row: RegistrationRow, at: datetime) -> forms.Coverage:
    """Judged at an instant; a void warranty covers nothing."""
    term, suspensions = registering.term_of(row), registering.suspensions_of(row)
    ends = clock.ends_at(term, suspensions, at)
    return forms.Coverage(
        registration_id=row.id,
        at=at,
        covered=row.status not in {RegistrationStatus.VOID, RegistrationStatus.PENDING}
        and clock.is_covered(term, suspensions, at),
        plan={**_terms(row), "key": row.plan_key},
        ends_at=ends,
        ends_on=local_date(ends, row.zone),
        burden=clock.burden(term, at),
        suspensions=_suspensions(row),
    )


def claim(row: WarrantyClaimRow) -> forms.WarrantyClaim:
    status = WarrantyClaimStatus(row.status)
    return forms.WarrantyClaim(
        **{
            **_own(forms.WarrantyClaim, row),
            "evaluation": _with_deductible(row.evaluation),
            "public_status": PUBLIC[status],
            "amount": MoneyAmount.minor(row.amount_minor or 0, row.currency) if row.currency else None,
            "next": _paths(CLAIM.next(status), CLAIM_OURS),
        }
    )


def repair(row: RepairRow) -> forms.Repair:
    quote = MoneyAmount.minor(row.quote_minor, row.currency) if row.quote_minor is not None else None

    def priced(each: dict[str, Any], name: str) -> dict[str, Any]:
        money = Money(int(each[f"{name}_minor"]), row.currency)
        rest = {key: value for key, value in each.items() if key != f"{name}_minor"}
        return {**rest, name: money.shown}

    return forms.Repair(
        **{
            **_own(forms.Repair, row),
            "next": _paths(REPAIR.next(RepairStatus(row.status)), REPAIR_OURS),
            "parts": [priced(each, "unit_price") for each in row.parts],
            "labour": [priced(each, "hourly_rate") for each in row.labour],
            "to_pay": MoneyAmount.of(repairing.worth(row)),
            "quote": quote,
        }
    )


def appointment(row: AppointmentRow) -> forms.Appointment:
    verbs = APPOINTMENT.next(AppointmentStatus(row.status))
    return forms.Appointment(**{**_own(forms.Appointment, row), "next": _paths(verbs)})
