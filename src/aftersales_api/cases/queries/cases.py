"""Questions about cases, their messages and their log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, cast, func, select, text
from sqlalchemy.dialects.postgresql import insert

from aftersales_api.cases.models import (
    AssignmentRow,
    CaseEventRow,
    CaseOpeningRow,
    CaseRow,
    CaseSettingsRow,
    CategoryRow,
    CounterRow,
    LinkRow,
    MessageRow,
    ParticipantRow,
    TimerRow,
)
from aftersales_api.cases.policy.choices import CaseChoices
from aftersales_api.cases.policy.timeline import CaseFact
from aftersales_api.cases.policy.words import AuthorType, FactType, ParticipantRole
from aftersales_api.cases.states import UNRESOLVED
from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop

CLOCK_FACTS = (
    FactType.OPENED,
    FactType.MESSAGE_ADDED,
    FactType.STATUS_CHANGED,
    FactType.TERMS_SET,
    FactType.CASE_ABSORBED,
    FactType.CASE_RELEASED,
    FactType.MESSAGES_MOVED,
    FactType.MESSAGES_RECEIVED,
)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list shows; members that are empty do not filter."""

    status: Sequence[str] = ()
    priority: Sequence[str] = ()
    type: Sequence[str] = ()
    channel_origin: Sequence[str] = ()
    order_id: UUID | None = None
    customer_id: UUID | None = None
    team_id: UUID | None = None
    assignee_id: UUID | None = None
    category_id: UUID | None = None
    product_id: UUID | None = None
    number: int | None = None
    tags: Sequence[str] = field(default_factory=tuple)
    is_unassigned: bool | None = None
    due_from: datetime | None = None
    due_before: datetime | None = None
    is_due: bool = False

    @property
    def by_due(self) -> bool:
        """Whether the list walks by due date; cases that nothing is owed to are not in it."""
        return self.is_due or self.due_from is not None or self.due_before is not None


def cases(wish: CaseFilter) -> list[Select[CaseRow]]:
    """The cases a filter asks for, one question for each status: each walks its own index, so a page costs the same anywhere."""
    found = _cases(wish)
    return [found.where(CaseRow.status == status) for status in sorted(set(wish.status))] or [found]


def _cases(wish: CaseFilter) -> Select[CaseRow]:
    found = select(CaseRow)
    if wish.by_due:
        found = found.where(CaseRow.due_next_at.is_not(None))
    if wish.due_from is not None:
        found = found.where(CaseRow.due_next_at >= wish.due_from)
    if wish.due_before is not None:
        found = found.where(CaseRow.due_next_at < wish.due_before)
    for name in ("priority", "type", "channel_origin"):
        values = getattr(wish, name)
        if values:
            found = found.where(getattr(CaseRow, name).in_(values))
    for name in ("order_id", "customer_id", "team_id", "assignee_id", "category_id", "product_id", "number"):
        value = getattr(wish, name)
        if value is not None:
            found = found.where(getattr(CaseRow, name) == value)
    if wish.tags:
        found = found.where(CaseRow.tags.op("?|")(cast(list(wish.tags), ARRAY(Text))))
    if wish.is_unassigned is not None:
        found = found.where(CaseRow.assignee_id.is_(None) if wish.is_unassigned else CaseRow.assignee_id.is_not(None))
    return found


async def case_for_update(tx: Session, case_id: UUID) -> CaseRow:
    return await db.lock(tx, CaseRow, case_id)


async def next_number(tx: Session) -> int:
    """The next case number of the shop; numbers of rolled back openings are given again."""
    shop = current_shop()
    given = await tx.execute(
        insert(CounterRow)
        .values(shop_id=shop, id=shop, last=1)
        .on_conflict_do_update(index_elements=["shop_id", "id"], set_={"last": CounterRow.last + 1})
        .returning(CounterRow.last)
    )
    return given.scalar_one()


async def case_of_opening(tx: Session, dedupe_key: str) -> CaseRow | None:
    """The case opened under this key before."""
    found = await tx.execute(
        select(CaseRow)
        .join(CaseOpeningRow, CaseOpeningRow.case_id == CaseRow.id)
        .where(CaseOpeningRow.dedupe_key == dedupe_key)
    )
    return found.scalar_one_or_none()


async def open_case_of_order(tx: Session, order_id: UUID, customer_id: UUID | None) -> CaseRow | None:
    """The oldest unresolved case about an order."""
    wanted = select(CaseRow).where(CaseRow.order_id == order_id, CaseRow.status.in_(UNRESOLVED))
    if customer_id is not None:
        wanted = wanted.where(CaseRow.customer_id == customer_id)
    found = await tx.execute(wanted.order_by(CaseRow.created_at, CaseRow.id).limit(1).with_for_update())
    return found.scalar_one_or_none()


async def is_wordless(tx: Session, case_id: UUID) -> bool:
    """Whether neither a customer nor an agent has written in the case."""
    people = (AuthorType.CUSTOMER, AuthorType.AGENT)
    said = select(MessageRow.id).where(MessageRow.case_id == case_id, MessageRow.author_type.in_(people)).limit(1)
    return (await tx.execute(said)).first() is None


async def unresolved_case(tx: Session, case_id: UUID) -> CaseRow | None:
    """The case, while it is not resolved."""
    found = await tx.execute(
        select(CaseRow).where(CaseRow.id == case_id, CaseRow.status.in_(UNRESOLVED)).with_for_update()
    )
    return found.scalar_one_or_none()


async def open_case_of_return(tx: Session, return_id: UUID | None) -> CaseRow | None:
    """The oldest unresolved case about a return."""
    if return_id is None:
        return None
    found = await tx.execute(
        select(CaseRow)
        .where(CaseRow.return_id == return_id, CaseRow.status.in_(UNRESOLVED))
        .order_by(CaseRow.created_at, CaseRow.id)
        .limit(1)
        .with_for_update()
    )
    return found.scalar_one_or_none()


async def running_before(tx: Session, case: CaseRow, since: datetime) -> Sequence[CaseRow]:
    """Older unresolved cases of the same customer in which they wrote since then, the oldest first."""
    found = await tx.execute(
        select(CaseRow)
        .where(
            CaseRow.customer_id == case.customer_id,
            CaseRow.id != case.id,
            CaseRow.status.in_(UNRESOLVED),
            CaseRow.first_contact_at <= case.first_contact_at,
            CaseRow.number < case.number,
            func.coalesce(CaseRow.last_customer_message_at, CaseRow.first_contact_at) >= since,
        )
        .order_by(CaseRow.number)
    )
    return found.scalars().all()


Logs = dict[UUID, list[CaseFact]]


async def facts_of(tx: Session, case_ids: Iterable[UUID], *, until: datetime | None = None) -> Logs:
    """The log entries that clocks read, of these cases and of every case ever absorbed by them."""
    facts: Logs = {}
    wanted = set(case_ids)
    while wanted:
        facts.update({case_id: [] for case_id in wanted})
        asked = select(
            CaseEventRow.case_id, CaseEventRow.id, CaseEventRow.occurred_at, CaseEventRow.type, CaseEventRow.after
        ).where(CaseEventRow.case_id.in_(wanted), CaseEventRow.type.in_(CLOCK_FACTS))
        if until is not None:
            asked = asked.where(CaseEventRow.occurred_at <= until)
        sources: set[UUID] = set()
        for row in await tx.execute(asked.order_by(CaseEventRow.id)):
            facts[row.case_id].append(CaseFact(row.case_id, row.id, row.occurred_at, row.type, row.after))
            if row.type == FactType.CASE_ABSORBED:
                sources.add(UUID(str(row.after["source_id"])))
        wanted = sources - facts.keys()
    return facts


async def message_by_external_id(tx: Session, channel: str, account: str, external_id: str) -> MessageRow | None:
    """The message already taken in under the channel's own id."""
    found = await tx.execute(
        select(MessageRow).where(
            MessageRow.channel == channel, MessageRow.channel_account == account, MessageRow.external_id == external_id
        )
    )
    return found.scalar_one_or_none()


async def messages_by_external_ids(tx: Session, external_ids: Sequence[str]) -> Sequence[MessageRow]:
    """Messages known under any of these mail ids, newest first: what a mail may answer."""
    found = await tx.execute(
        select(MessageRow)
        .where(MessageRow.external_id.in_(list(external_ids)))
        .order_by(MessageRow.at.desc(), MessageRow.id)
    )
    return found.scalars().all()


async def messages_of(tx: Session, case_id: UUID) -> Sequence[MessageRow]:
    found = await tx.execute(
        select(MessageRow).where(MessageRow.case_id == case_id).order_by(MessageRow.at, MessageRow.id)
    )
    return found.scalars().all()


def message_list(case_id: UUID) -> Select[MessageRow]:
    return select(MessageRow).where(MessageRow.case_id == case_id)


def event_list(case_ids: Sequence[UUID]) -> Select[CaseEventRow]:
    return select(CaseEventRow).where(CaseEventRow.case_id.in_(list(case_ids)))


def moves_of(case_id: UUID) -> Select[CaseEventRow]:
    """How a case began, and every change of its status."""
    kinds = (FactType.OPENED, FactType.STATUS_CHANGED)
    return select(CaseEventRow).where(CaseEventRow.case_id == case_id, CaseEventRow.type.in_(kinds))


async def participants_of(tx: Session, case_id: UUID) -> Sequence[ParticipantRow]:
    found = await tx.execute(
        select(ParticipantRow).where(ParticipantRow.case_id == case_id).order_by(ParticipantRow.id)
    )
    return found.scalars().all()


async def links_of(tx: Session, case_id: UUID) -> Sequence[LinkRow]:
    """Links from and to a case."""
    found = await tx.execute(
        select(LinkRow).where((LinkRow.case_id == case_id) | (LinkRow.other_case_id == case_id)).order_by(LinkRow.id)
    )
    return found.scalars().all()


async def assignments_of(tx: Session, case_id: UUID) -> Sequence[AssignmentRow]:
    found = await tx.execute(select(AssignmentRow).where(AssignmentRow.case_id == case_id).order_by(AssignmentRow.id))
    return found.scalars().all()


async def choices(tx: Session) -> CaseChoices:
    """The shop's choices for its cases, read once per transaction."""
    known: CaseChoices | None = tx.info.get("case_choices")
    if known is None:
        stored: dict[str, Any] | None = await tx.scalar(
            select(CaseSettingsRow.choices).where(CaseSettingsRow.id == current_shop())
        )
        known = CaseChoices.read(stored)
        tx.info["case_choices"] = known
    return known


async def settings_row(tx: Session, now: datetime) -> CaseSettingsRow:
    """The stored choices, written on first asking so that they have a version."""
    shop = current_shop()
    await tx.execute(
        insert(CaseSettingsRow)
        .values(shop_id=shop, id=shop, choices=CaseChoices().stored(), updated_at=now, version=1)
        .on_conflict_do_nothing()
    )
    return await db.get(tx, CaseSettingsRow, shop)


async def wake_at(tx: Session, case_id: UUID, due_at: datetime | None) -> None:
    """Look at the case again at an instant; None when nothing waits."""
    values = {"due_at": due_at, "queued_at": None}
    await tx.execute(
        insert(TimerRow)
        .values(shop_id=current_shop(), id=case_id, **values)
        .on_conflict_do_update(index_elements=["shop_id", "id"], set_=values)
    )


async def children_of(tx: Session, case_id: UUID) -> Sequence[UUID]:
    """All cases merged into this one, and into those, however deep."""
    found = await tx.execute(
        text(
            "WITH RECURSIVE tree AS (SELECT id FROM cases WHERE merged_into_id = :id "
            "UNION SELECT c.id FROM cases c JOIN tree t ON c.merged_into_id = t.id) SELECT id FROM tree"
        ),
        {"id": case_id},
    )
    return [row.id for row in found]


async def tag_counts(tx: Session, prefix: str, most: int) -> Sequence[Any]:
    """Tags in use with how many cases carry each, the commonest first."""
    found = await tx.execute(
        text(
            "SELECT tag, count(*) AS cases, count(*) FILTER (WHERE status = ANY(:unresolved)) AS unresolved FROM cases, "
            "jsonb_array_elements_text(tags) AS tag WHERE status NOT IN ('merged', 'spam') AND starts_with(tag, :prefix) "
            "GROUP BY tag ORDER BY 2 DESC, 1 LIMIT :most"
        ),
        {"unresolved": [str(each) for each in UNRESOLVED], "prefix": prefix, "most": most},
    )
    return found.all()


async def category_named(tx: Session, name: str) -> UUID | None:
    """The oldest category of that name."""
    found: UUID | None = await tx.scalar(
        select(CategoryRow.id).where(CategoryRow.name == name).order_by(CategoryRow.created_at, CategoryRow.id).limit(1)
    )
    return found


def category_list() -> Select[CategoryRow]:
    return select(CategoryRow)


async def current_terms(tx: Session, case_id: UUID) -> CaseEventRow | None:
    """The last promises made for a case."""
    found = await tx.execute(
        select(CaseEventRow)
        .where(CaseEventRow.case_id == case_id, CaseEventRow.type == FactType.TERMS_SET)
        .order_by(CaseEventRow.occurred_at.desc(), CaseEventRow.id.desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def message_by_delivery(tx: Session, delivery_ref: UUID) -> MessageRow | None:
    """The answer that left as this message of the shop."""
    found = await tx.execute(select(MessageRow).where(MessageRow.delivery_ref == delivery_ref))
    return found.scalar_one_or_none()


async def case_by_thread(tx: Session, mark: str) -> CaseRow | None:
    """The case whose mails carry this mark."""
    found = await tx.execute(select(CaseRow).where(CaseRow.thread_token == mark))
    return found.scalar_one_or_none()


def add_copy(tx: Session, case: CaseRow, name: str, address: str, now: datetime) -> None:
    """Somebody in copy of a mail takes part."""
    tx.add(
        ParticipantRow(
            case_id=case.id,
            origin_case_id=case.id,
            role=ParticipantRole.CC,
            name=name or None,
            email=address,
            created_at=now,
        )
    )
