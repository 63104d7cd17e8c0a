"""What is known of a case at an instant, read from its append-only log and nothing else.

Merged cases are read as one joined timeline: the log of every source that is absorbed at that instant, recursively.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.policy.words import AuthorType, FactType, Initiator, MessageKind
from aftersales_api.cases.states import CaseStatus

Key = tuple[datetime, UUID]
"""Order in a log: when it happened, then in which order it was written."""


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One entry of a case's log; `after` is what it said."""

    case_id: UUID
    id: UUID
    at: datetime
    type: str
    after: Mapping[str, Any]

    @property
    def key(self) -> Key:
        return self.at, self.id


Facts = Mapping[UUID, Sequence[CaseFact]]


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """A message as the clocks see it: who wrote it and when, never what it said."""

    id: UUID
    key: Key
    kind: str
    author_type: str
    channel: str
    is_contact: bool
    is_thanks: bool = False
    agent_id: UUID | None = None

    @property
    def at(self) -> datetime:
        return self.key[0]

    @property
    def is_reply(self) -> bool:
        """Only a public reply by a human agent answers a customer; bots, rules and notes never do."""
        return self.kind == MessageKind.PUBLIC_REPLY and self.author_type == AuthorType.AGENT


@dataclass(frozen=True, slots=True)
class StatusSeen:
    """From this instant on the case stood here."""

    key: Key
    status: CaseStatus
    verb: str
    reason: str | None = None
    by: str = "system"
    agent_id: UUID | None = None

    @property
    def at(self) -> datetime:
        return self.key[0]


@dataclass(frozen=True, slots=True)
class Absorbed:
    """A source merged into this case, and since when."""

    source_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """One case, joined with what was merged into it, as known up to `as_of`."""

    case_id: UUID
    initiator: Initiator
    opened_at: datetime
    first_contact_at: datetime
    response_from: Key | None
    messages: tuple[MessageSeen, ...]
    statuses: tuple[StatusSeen, ...]
    terms: tuple[CaseFact, ...]
    absorbed: tuple[Absorbed, ...]
    as_of: datetime

    @property
    def status(self) -> CaseStatus:
        return self.statuses[-1].status

    def status_at(self, at: datetime) -> CaseStatus | None:
        """Where the case stood at an instant; None before it began."""
        found = None
        for seen in self.statuses:
            if seen.at > at:
                break
            found = seen.status
        return found


def timeline(
    case_id: UUID, facts: Facts, as_of: datetime, *, without: frozenset[UUID] = frozenset()
) -> Timeline | None:
    """Read the log up to `as_of`; None when the case did not exist yet. `without` leaves out sources as if never merged."""
    own = sorted((fact for fact in facts.get(case_id, ()) if fact.at <= as_of), key=lambda fact: fact.key)
    opened = next((fact for fact in own if fact.type == FactType.OPENED), None)
    if opened is None:
        return None
    absorbed = tuple(each for each in _absorbed(own) if each.source_id not in without)
    parts = [part for each in absorbed if (part := timeline(each.source_id, facts, as_of)) is not None]
    initiator = Initiator(opened.after.get("initiator", Initiator.CUSTOMER))
    mine = _messages(own)
    messages = sorted([*mine, *(seen for part in parts for seen in part.messages)], key=lambda seen: seen.key)
    begin = _begin(initiator, opened, mine)
    first_said = min((seen.key for seen in mine if seen.is_contact), default=None)
    owed = [key for key in (begin or first_said, *(part.response_from for part in parts)) if key is not None]
    first_contact = min([begin[0] if begin else opened.at, *(part.first_contact_at for part in parts)])
    return Timeline(
        case_id,
        initiator,
        opened.at,
        first_contact,
        min(owed, default=None),
        tuple(messages),
        _statuses(own, parts),
        tuple(fact for fact in own if fact.type == FactType.TERMS_SET),
        absorbed,
        as_of,
    )


def _begin(initiator: Initiator, opened: CaseFact, mine: Iterable[MessageSeen]) -> Key | None:
    """From when a first answer is owed: the first customer message; without one, the opening; never by an agent's own case."""
    if initiator is Initiator.AGENT:
        return None
    contacts = [seen.key for seen in mine if seen.is_contact]
    return min(contacts) if contacts and initiator is Initiator.CUSTOMER else opened.key


def _absorbed(own: Iterable[CaseFact]) -> list[Absorbed]:
    found: dict[UUID, Absorbed] = {}
    for fact in own:
        if fact.type == FactType.CASE_ABSORBED:
            source = UUID(str(fact.after["source_id"]))
            found[source] = Absorbed(source, fact.at)
        elif fact.type == FactType.CASE_RELEASED:
            found.pop(UUID(str(fact.after["source_id"])), None)
    return sorted(found.values(), key=lambda each: each.at)


def _messages(own: Sequence[CaseFact]) -> list[MessageSeen]:
    gone = {
        UUID(str(message_id))
        for fact in own
        if fact.type == FactType.MESSAGES_MOVED
        for message_id in fact.after.get("message_ids", ())
    }
    seen = [_message(fact.after, fact.key) for fact in own if fact.type == FactType.MESSAGE_ADDED]
    for fact in own:
        if fact.type == FactType.MESSAGES_RECEIVED:
            seen += [
                _message(said, (datetime.fromisoformat(said["at"]), UUID(str(said["order"]))))
                for said in fact.after["messages"]
            ]
    return [message for message in seen if message.id not in gone]


def _message(said: Mapping[str, Any], key: Key) -> MessageSeen:
    agent = said.get("agent_id")
    return MessageSeen(
        UUID(str(said["message_id"])),
        key,
        said["kind"],
        said["author_type"],
        said["channel"],
        bool(said.get("contact")),
        bool(said.get("thanks")),
        UUID(str(agent)) if agent else None,
    )


def _statuses(own: Sequence[CaseFact], parts: Sequence[Timeline]) -> tuple[StatusSeen, ...]:
    """Our own places, and before we existed those of the oldest case merged into us."""
    mine = [_status(fact) for fact in own if fact.type in (FactType.OPENED, FactType.STATUS_CHANGED)]
    oldest = min(parts, key=lambda part: part.first_contact_at, default=None)
    if oldest is None or oldest.opened_at >= mine[0].at:
        return tuple(mine)
    earlier = [seen for seen in oldest.statuses if seen.at < mine[0].at and seen.status is not CaseStatus.MERGED]
    return (*earlier, *mine)


def _status(fact: CaseFact) -> StatusSeen:
    said = fact.after
    agent = said.get("agent_id")
    return StatusSeen(
        fact.key,
        CaseStatus(said["status"]),
        said.get("verb", "start"),
        said.get("reason"),
        said.get("by", "system"),
        UUID(str(agent)) if agent else None,
    )


def lived(statuses: Sequence[StatusSeen]) -> list[StatusSeen]:
    """The places that clocks see: a stay in spam or in another case that has ended is as if it never was."""
    last = len(statuses) - 1
    through = (CaseStatus.SPAM, CaseStatus.MERGED)
    kept: list[StatusSeen] = []
    for position, seen in enumerate(statuses):
        if seen.status in through and position != last:
            continue
        if seen.verb == "unmerge" and kept and kept[-1].status is seen.status:
            continue
        kept.append(replace(seen, verb="open") if seen.verb == "unspam" else seen)
    return kept
