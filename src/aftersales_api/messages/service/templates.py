"""Templates: written, checked, published, tried out. Versions are never changed; what is live is one of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import db, event_log
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.kit.errors import FieldProblem
from aftersales_api.kit.ids import new_id, show
from aftersales_api.messages.errors import TemplateInvalid, TemplateNotPublished
from aftersales_api.messages.events import TemplatePublished
from aftersales_api.messages.models import TemplateRow, TemplateVersionRow
from aftersales_api.messages.policy import content
from aftersales_api.messages.policy.content import Sources
from aftersales_api.messages.policy.starters import Starter, starters
from aftersales_api.messages.queries import written
from aftersales_api.messages.states import Channel, Klass, TemplateStatus


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """What a template is, besides what it says."""

    key: str
    name: str
    klass: Klass
    channel: Channel
    kind: str


async def create(tx: Session, wish: NewTemplate, sources: Sources, actor: str, now: datetime) -> TemplateRow:
    """A new template with a first version; nothing is sent from it before it is published."""
    ready = await _checked(wish.channel, sources)
    row = TemplateRow(
        id=new_id(),
        key=wish.key,
        name=wish.name,
        klass=wish.klass.value,
        channel=wish.channel.value,
        kind=wish.kind,
        status=TemplateStatus.DRAFT.value,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    await _add_version(tx, row, sources, ready, actor, now)
    return row


async def add_version(
    tx: Session, template_id: UUID, sources: Sources, actor: str, now: datetime
) -> TemplateVersionRow:
    """Another version of what the template says; the published one stays live until this one is published."""
    row = await db.lock(tx, TemplateRow, template_id)
    ready = await _checked(Channel(row.channel), sources)
    return await _add_version(tx, row, sources, ready, actor, now)


async def change(tx: Session, template_id: UUID, wish: Mapping[str, Any]) -> TemplateRow:
    """Change the name, class or kind of a template."""
    row = await db.lock(tx, TemplateRow, template_id)
    for name, value in wish.items():
        if value is not None:
            setattr(row, name, value)
    await tx.flush()
    return row


async def archive(tx: Session, template_id: UUID) -> TemplateRow:
    """Put a template away: nothing is sent from it any more; what was sent stays explained."""
    row = await db.lock(tx, TemplateRow, template_id)
    row.status = TemplateStatus.ARCHIVED.value
    await tx.flush()
    return row


async def publish(tx: Session, template_id: UUID, number: int | None, actor: str, now: datetime) -> TemplateRow:
    """Make a version live after checking it against a sample: an unknown name, a limit or an empty subject refuses it."""
    row = await db.lock(tx, TemplateRow, template_id)
    version = await written.version(tx, row.id, number or row.latest_number)
    problems = await asyncio.to_thread(content.publish_problems, row.kind, version.ready)
    problems += await _locale_problems(tx, version.ready)
    if problems:
        raise TemplateInvalid(problems)
    await _go_live(tx, row, version, actor, now)
    return row


async def ensure_starter(tx: Session, key: str, now: datetime) -> TemplateRow | None:
    """The shop's copy of a starter template, made and published when it is missing."""
    starter = starters().get(key)
    if starter is None:
        return None
    await advisory_lock(tx, "template", key)
    known = await written.template_by_key(tx, key)
    if known is not None:
        return known
    row, version = _started(starter, now)
    tx.add(row)
    await tx.flush()
    tx.add(version)
    await tx.flush()
    return row


async def install_starters(tx: Session, now: datetime) -> None:
    """Every shop starts with all starter templates, published."""
    known = await written.template_keys(tx)
    made = [_started(starter, now) for key, starter in starters().items() if key not in known]
    tx.add_all(row for row, _ in made)
    await tx.flush()
    tx.add_all(version for _, version in made)
    await tx.flush()


async def version_to_send(tx: Session, row: TemplateRow) -> TemplateVersionRow:
    """The published version."""
    if row.current_version_id is None:
        raise TemplateNotPublished(row.key)
    return await db.get(tx, TemplateVersionRow, row.current_version_id)


def _started(starter: Starter, now: datetime) -> tuple[TemplateRow, TemplateVersionRow]:
    """A starter as the shop's own template, published; the repository's tests check its words, so it is not checked here."""
    ready, _ = content.compiled(starter.channel, starter.locales)
    template_id, version_id = new_id(), new_id()
    row = TemplateRow(
        id=template_id,
        key=starter.key,
        name=starter.name,
        klass=starter.klass.value,
        channel=starter.channel.value,
        kind=starter.kind,
        status=TemplateStatus.PUBLISHED.value,
        current_version_id=version_id,
        current_number=1,
        latest_number=1,
        published_at=now,
        created_at=now,
    )
    return row, _version(version_id, template_id, 1, starter.locales, ready, "system", now)


async def _add_version(
    tx: Session, row: TemplateRow, sources: Sources, ready: dict[str, dict[str, str]], actor: str, now: datetime
) -> TemplateVersionRow:
    row.latest_number = (row.latest_number or 0) + 1
    version = _version(new_id(), row.id, row.latest_number, sources, ready, actor, now)
    tx.add(version)
    await tx.flush()
    return version


def _version(
    version_id: UUID,
    template_id: UUID,
    number: int,
    sources: Sources,
    ready: dict[str, dict[str, str]],
    actor: str,
    now: datetime,
) -> TemplateVersionRow:
    kept = {
        locale: {name: text for name, text in parts.items() if text is not None} for locale, parts in sources.items()
    }
    return TemplateVersionRow(
        id=version_id,
        template_id=template_id,
        number=number,
        sources=kept,
        ready=ready,
        created_by=actor,
        created_at=now,
    )


async def _go_live(tx: Session, row: TemplateRow, version: TemplateVersionRow, actor: str, now: datetime) -> None:
    row.current_version_id, row.current_number = version.id, version.number
    row.status, row.published_at = TemplateStatus.PUBLISHED.value, now
    await tx.flush()
    event = TemplatePublished(template_id=show("tpl", row.id), key=row.key, number=version.number)
    await event_log.record(tx, event, subject=("template", row.id), occurred_at=now, now=now, actor=actor)


async def _checked(channel: Channel, sources: Sources) -> dict[str, dict[str, str]]:
    """What the sources were made into; in a thread, so that a large layout holds nobody up."""
    ready, problems = await asyncio.to_thread(content.compiled, channel, sources)
    if problems:
        raise TemplateInvalid(problems)
    return ready


async def _locale_problems(tx: Session, ready: Mapping[str, Any]) -> list[FieldProblem]:
    """Somebody whose language is missing gets the shop's first language or English: one of them must be there."""
    from aftersales_api.shops.queries import the_shop

    default = (await the_shop(tx)).default_locale
    if {default, default.partition("-")[0], "en"} & set(ready):
        return []
    return [FieldProblem("/body/locales", "no_fallback_locale", "The shop's first language or English must be there.")]
