"""Giving a case its promises, and changing them: by priority, policy or tier, by a newer version, or on request."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.models import CaseRow, PolicyRow, PolicyVersionRow
from aftersales_api.cases.policy.promises import CaseTraits, holds, terms_for
from aftersales_api.cases.policy.words import FactType
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import sla
from aftersales_api.cases.service import log
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra.db import Session, get
from aftersales_api.kit.ids import parse, show


async def traits_of(tx: Session, case: CaseRow) -> CaseTraits:
    """What the conditions of policies may ask of a case."""
    standing = await sla.standing(tx, case.customer_id)
    value = await sla.order_value(tx, case.order_id)
    return CaseTraits(
        channel=case.channel_origin,
        type=case.type,
        priority=case.priority,
        language=case.language,
        tags=frozenset(case.tags),
        team_id=log.shown("tea", case.team_id),
        product_id=log.shown("prd", case.product_id),
        customer_tier=standing.tier if standing else None,
        segments=frozenset(standing.segments if standing else ()),
        order_value=value[0] if value else None,
        order_currency=value[1] if value else None,
    )


async def promise(tx: Session, case: CaseRow, deed: Deed, at: datetime) -> None:
    """The first promise: what the policies say as the case opens."""
    traits = await traits_of(tx, case)
    found = await _first_match(tx, traits)
    if found is not None:
        said = _terms(found[0], found[1], case.priority, await _newest(tx))
        await _note(tx, case, deed, {"mode": "initial", "cause": "opened", **said}, at=at)


async def promise_again(tx: Session, case: CaseRow, deed: Deed, cause: str) -> bool:
    """After a change of the case: elapsed time is kept, what is promised follows the case. Answers whether it changed."""
    current = await questions.current_terms(tx, case.id)
    found = await _first_match(tx, await traits_of(tx, case))
    if found is None:
        if current is None or not current.after.get("targets"):
            return False
        await _note(tx, case, deed, {"mode": "retarget", "cause": cause, "policy_id": None, "targets": {}})
        return True
    policy, version = found
    calendars = await _newest(tx)
    if current is not None and current.after.get("policy_id") == str(policy.id):
        version = await get(tx, PolicyVersionRow, UUID(current.after["policy_version_id"]))
        calendars = {**calendars, **_pinned(current.after)}
    said = _terms(policy, version, case.priority, calendars)
    if current is not None and current.after.get("targets") == said["targets"]:
        return False
    await _note(tx, case, deed, {"mode": "retarget", "cause": cause, **said})
    return True


async def renew_for_next(tx: Session, case: CaseRow, deed: Deed, at: datetime) -> None:
    """Clocks that start from now on count by the newest versions; those that run keep theirs."""
    current = await questions.current_terms(tx, case.id)
    if current is None or not current.after.get("policy_version_id"):
        return
    found = await sla.policy_now(tx, UUID(current.after["policy_version_id"]))
    if found is None:
        return
    said = _terms(found[0], found[1], case.priority, await _newest(tx))
    if said["targets"] != current.after["targets"] or said["policy_version_id"] != current.after["policy_version_id"]:
        await _note(tx, case, deed, {"mode": "refresh", "cause": "newer_version", **said}, at=at)


async def reapply_policy(tx: Session, case: CaseRow, deed: Deed) -> bool:
    """Promise what the policy says now; elapsed time is kept."""
    current = await questions.current_terms(tx, case.id)
    found = await sla.policy_now(tx, UUID(current.after["policy_version_id"])) if current else None
    if current is None or found is None:
        return False
    said = _terms(found[0], found[1], case.priority, await _newest(tx))
    if said["targets"] == current.after["targets"]:
        return False
    await _note(tx, case, deed, {"mode": "retarget", "cause": "reapply", **said})
    return True


async def reapply_calendar(
    tx: Session, case: CaseRow, deed: Deed, calendar_id: str, newest: UUID, older: list[str]
) -> bool:
    """Count again from the start by what the calendar says now."""
    current = await questions.current_terms(tx, case.id)
    if current is None:
        return False
    targets = {
        name: {**one, "calendar_version_id": str(newest)} if one.get("calendar_id") == calendar_id else one
        for name, one in current.after["targets"].items()
    }
    if targets == current.after["targets"]:
        return False
    said = {**current.after, "mode": "reapply", "cause": "reapply", "targets": targets}
    await _note(tx, case, deed, {**said, "replaces": {old: str(newest) for old in older}})
    return True


async def _first_match(tx: Session, traits: CaseTraits) -> tuple[PolicyRow, PolicyVersionRow] | None:
    for policy, version in await sla.active_policies(tx):
        if holds(version.conditions, traits):
            return policy, version
    return None


async def _newest(tx: Session) -> dict[str, UUID]:
    return {show("cal", key): value for key, value in (await sla.current_calendar_versions(tx)).items()}


def _pinned(said: Mapping[str, Any]) -> dict[str, UUID]:
    return {
        one["calendar_id"]: UUID(one["calendar_version_id"])
        for one in said.get("targets", {}).values()
        if one.get("calendar_version_id") and parse("cal", one["calendar_id"])
    }


def _terms(
    policy: PolicyRow, version: PolicyVersionRow, priority: str, calendars: Mapping[str, UUID]
) -> dict[str, Any]:
    return {
        "policy_id": str(policy.id),
        "policy_version_id": str(version.id),
        "priority": priority,
        "targets": terms_for(version.targets, priority, calendars),
    }


async def _note(tx: Session, case: CaseRow, deed: Deed, said: dict[str, Any], at: datetime | None = None) -> None:
    await log.note(tx, case, FactType.TERMS_SET, deed, after=said, at=at)
