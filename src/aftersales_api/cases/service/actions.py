"""What rules and macros do to a case, one step for each action; the events of it are told by whoever runs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aftersales_api.cases.events import CaseChanged, CaseEvent
from aftersales_api.cases.models import CaseRow, ParticipantRow
from aftersales_api.cases.policy.words import (
    AuthorType,
    CaseChannel,
    FactType,
    MessageKind,
    ParticipantRole,
    Priority,
)
from aftersales_api.cases.service import assigning, log, messages, moves, notices, promising, speaking, texts
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.messages import NewMessage
from aftersales_api.cases.states import CASE, CaseStatus
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.ids import parse

S = CaseStatus
_VERBS = {S.OPEN: "open", S.PENDING: "pend", S.ON_HOLD: "hold", S.RESOLVED: "resolve"}
_ORDER = (Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.URGENT)


@dataclass(slots=True)
class Done:
    """What came of a list of actions."""

    events: list[CaseEvent] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    notify: list[str] = field(default_factory=list)
    calls_webhook: bool = False


async def perform(tx: Session, case: CaseRow, actions: Sequence[Mapping[str, Any]], deed: Deed) -> Done:
    """All actions in order. One that is not possible now is left out and named; the others are done."""
    done = Done()
    for action in actions:
        try:
            done.events += await _one(tx, case, action, deed, done)
            done.applied.append(action["do"])
        except AppError as refusal:
            done.refused[action["do"]] = refusal.code
    return done


async def _one(tx: Session, case: CaseRow, action: Mapping[str, Any], deed: Deed, done: Done) -> Sequence[CaseEvent]:
    match action["do"]:
        case "set_status":
            return await _status(tx, case, action, deed)
        case "assign":
            return await _assign(tx, case, action, deed)
        case "reply" | "note":
            await _say(tx, case, action, deed)
            return []
        case "add_follower":
            return await _follower(tx, case, action, deed)
        case "notify":
            done.notify += await notices.tell(tx, case, action, deed)
            return []
        case "webhook":
            done.calls_webhook = True
            return []
        case "mark_spam":
            return await moves.to_spam(tx, case, deed, "rule")
        case _:
            return await change(tx, case, _wished(case, action), deed)


def _wished(case: CaseRow, action: Mapping[str, Any]) -> dict[str, Any]:
    match action["do"]:
        case "set_priority":
            return {"priority": action["priority"]}
        case "raise_priority":
            place = _ORDER.index(Priority(case.priority))
            return {"priority": _ORDER[min(place + 1, len(_ORDER) - 1)].value}
        case "set_type":
            return {"type": action["type"]}
        case "set_category":
            return {"category_id": parse("cat", action["category_id"])}
        case "add_tags":
            return {"tags": sorted({*case.tags, *action["tags"]})}
        case _:
            return {"tags": sorted(set(case.tags) - set(action["tags"]))}


async def change(tx: Session, case: CaseRow, wish: Mapping[str, Any], deed: Deed) -> list[CaseEvent]:
    """Set properties of a case; its promises follow."""
    changed = {name: value for name, value in wish.items() if getattr(case, name) != value}
    if not changed:
        return []
    if set(changed) != {"tags"}:
        moves.refuse_frozen(case)
    before = {name: getattr(case, name) for name in changed}
    for name, value in changed.items():
        setattr(case, name, value)
    await log.note(tx, case, FactType.CHANGED, deed, before=before, after=changed)
    if case.status not in (S.CLOSED, S.MERGED):
        await promising.promise_again(tx, case, deed, "priority" if "priority" in changed else "policy")
    return [log.told(CaseChanged, case, changed=sorted(changed))]


async def _status(tx: Session, case: CaseRow, action: Mapping[str, Any], deed: Deed) -> Sequence[CaseEvent]:
    status, reason = S(action["status"]), action.get("reason")
    if case.status == status:
        return []
    if status is S.OPEN and case.status == S.RESOLVED:
        return [await moves.to_reopened(tx, case, deed, reason or "rule")]
    if status is S.PENDING:
        return [await moves.to_pending(tx, case, deed, reason=reason)]
    if status is S.ON_HOLD:
        return [await moves.to_hold(tx, case, deed, reason or "rule")]
    if status is S.RESOLVED:
        code = action.get("resolution_code") or "rule"
        return [await moves.to_resolved(tx, case, deed, resolution_code=code, reason=reason)]
    CASE.move(S(case.status), _VERBS[status])
    event = await moves.engage(tx, case, deed, reason or "rule")
    return [event] if event else []


async def _assign(tx: Session, case: CaseRow, action: Mapping[str, Any], deed: Deed) -> list[CaseEvent]:
    moves.refuse_frozen(case)
    team = _id("tea", action.get("team_id")) or case.team_id
    agent = _id("agt", action.get("agent_id"))
    if agent is not None:
        await assigning.fit_agent(tx, agent)
    events = await assigning.give(tx, case, team, agent, assigning.Because.said("rule"), deed)
    return events if agent is not None else [*events, *await assigning.offer(tx, case, deed)]


def _id(prefix: str, shown: str | None) -> UUID | None:
    return parse(prefix, shown) if shown else None


async def _say(tx: Session, case: CaseRow, action: Mapping[str, Any], deed: Deed) -> None:
    is_note = action["do"] == "note"
    said = {case.language: action["text"]} if is_note else action["texts"]
    body = await texts.filled(tx, case, said, deed.agent_id or case.assignee_id)
    written = await messages.write(
        tx,
        case,
        NewMessage(
            kind=MessageKind.INTERNAL_NOTE if is_note else MessageKind.PUBLIC_REPLY,
            author_type=AuthorType.AUTOMATION,
            channel=CaseChannel(case.channel_origin),
            body=body,
            sent_at=deed.instant,
        ),
        deed,
        origin_case_id=case.id,
    )
    await speaking.deliver(tx, case, written, deed.now)


async def _follower(tx: Session, case: CaseRow, action: Mapping[str, Any], deed: Deed) -> list[CaseEvent]:
    agent = _id("agt", action["agent_id"])
    tx.add(
        ParticipantRow(
            case_id=case.id,
            origin_case_id=case.id,
            role=ParticipantRole.FOLLOWER,
            agent_id=agent,
            created_at=deed.now,
        )
    )
    await log.note(tx, case, FactType.PARTICIPANT_ADDED, deed, after={"role": "follower", "agent_id": agent})
    return []
