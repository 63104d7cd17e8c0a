"""Versions of flows made ready to be asked, and what a definition may name."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from types import UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from aftersales_api.followups.actions import actions
from aftersales_api.followups.models import FlowVersionRow
from aftersales_api.followups.policy.definition import FlowDefinition
from aftersales_api.followups.policy.flow import EventFields, Flow
from aftersales_api.followups.policy.publishing import Known
from aftersales_api.followups.queries import flows as asked
from aftersales_api.followups.queries import names
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import CATALOGUE, Event
from aftersales_api.kit.conditions_values import Catalogue, FieldType
from aftersales_api.kit.wire import MoneyAmount

# Everything a flow may begin with or listen to; what flows cause themselves is left out, or they would feed on each other.
FOR_FLOWS = (
    "order.",
    "shipment.",
    "refund.",
    "customer.",
    "survey.",
    "case.",
    "change_request.",
    "return.",
    "exchange.",
    "withdrawal.",
    "store_credit.",
    "warranty.",
    "warranty_claim.",
    "appointment.",
    "claim.",
    "repair.",
    "dispute.",
    "reminder.",
    "segment.",
    "loyalty.",
    "message.bounced",
    "message.complained",
    "message.failed",
)


async def flows_of(tx: Session, version_ids: Collection[UUID]) -> dict[UUID, Flow]:
    """These versions, each ready to be asked; what was read once is kept, for a version never changes."""
    missing = [version_id for version_id in version_ids if version_id not in _READY]
    rows: Sequence[FlowVersionRow] = await asked.versions_by_id(tx, missing) if missing else []
    for row in rows:
        ready(row)
    return {version_id: _READY[version_id] for version_id in version_ids}


_READY: dict[UUID, Flow] = {}
MOST_READY = 10_000


def ready(row: FlowVersionRow) -> Flow:
    """A stored version, ready to be asked."""
    found = _READY.get(row.id)
    if found is None:
        if len(_READY) >= MOST_READY:
            _READY.clear()
        found = _READY[row.id] = Flow(FlowDefinition.model_validate(row.definition), event_fields())
    return found


async def known(tx: Session) -> Known:
    """What a definition of this shop may name today."""
    return Known(
        actions={name: action.form for name, action in actions().items()},
        events=event_fields(),
        keys=await names.keys_that_exist(tx),
    )


def watched_types(flow: FlowDefinition) -> list[str]:
    """The event types that may end or wake its runs; those that undo an order always do."""
    return sorted({*(watch.event for watch in flow.watched()), "order.cancelled", "order.deleted"})


def event_fields() -> EventFields:
    """The events a flow may name, each with its members as fields."""
    return _event_fields(len(CATALOGUE))


@lru_cache(maxsize=4)
def _event_fields(_: int) -> EventFields:
    return {name: _members(kind) for name, kind in CATALOGUE.items() if name.startswith(FOR_FLOWS)}


def _members(kind: type[Event]) -> Catalogue:
    found: Mapping[str, FieldType | None] = {
        f"event.{name}": _field_type(name, member.annotation) for name, member in kind.model_fields.items()
    }
    return {name: field for name, field in found.items() if field is not None}


def _field_type(name: str, annotation: Any) -> FieldType | None:
    """How a member of an event is compared; None for what cannot be."""
    if get_origin(annotation) in {Union, UnionType}:
        kinds = [each for each in get_args(annotation) if each is not type(None)]
        return _field_type(name, kinds[0]) if len(kinds) == 1 else None
    if get_origin(annotation) in {list, tuple}:
        return FieldType.TEXT_LIST if get_args(annotation)[:1] == (str,) else None
    if get_origin(annotation) is dict:
        return FieldType.MONEY if get_args(annotation) == (str, str) else None
    if not isinstance(annotation, type):
        return None
    if issubclass(annotation, bool):
        return FieldType.BOOLEAN
    if issubclass(annotation, int):
        return FieldType.INTEGER
    if issubclass(annotation, str):
        return FieldType.INSTANT if name.endswith("_at") else FieldType.TEXT
    return FieldType.MONEY if issubclass(annotation, BaseModel) and issubclass(annotation, MoneyAmount) else None
