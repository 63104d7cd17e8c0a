"""A message about somebody who was forgotten since still is what its schema promises."""

import json
import re
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator

import aftersales_api.api.routers  # noqa: F401 - all packages, so that all event types are known
from aftersales_api.infra.event_log import CATALOGUE, EventRow
from aftersales_api.kit.ids import new_id
from aftersales_api.outbound.events import OPERATIONAL
from aftersales_api.outbound.policy.catalogue import payload_schema
from aftersales_api.outbound.policy.noted import noted
from aftersales_api.outbound.policy.payload import message_bytes
from aftersales_api.outbound.service.telling import told_of

AT = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
TAKEN = set(re.search(r"\{(.+)\}", EventRow.__table__.c.data.info["privacy"].blank)[1].split(","))


def left_of(event_type):
    """The event as it is after its customer was forgotten."""
    model = CATALOGUE[event_type]
    said = (noted(event_type) or {"data": model.example})["data"]
    return EventRow(
        id=new_id(),
        type=event_type,
        subject_type="order",
        subject_id=new_id(),
        occurred_at=AT,
        data={name: said[name] for name in model.model_fields if name in said and name not in TAKEN},
        is_test=False,
    )


@pytest.mark.parametrize("event_type", sorted(set(CATALOGUE) - set(OPERATIONAL)))  # those are about no customer
def test_what_was_taken_away_is_told_as_nothing(event_type):
    model = CATALOGUE[event_type]
    message = json.loads(message_bytes(told_of(left_of(event_type))))
    schema = payload_schema(event_type, model.title, model.model_json_schema(mode="serialization"))
    assert [each.message for each in Draft202012Validator(schema).iter_errors(message)] == []


def test_what_a_message_says_is_not_touched_otherwise():
    event = left_of("case.reopened")
    assert json.loads(message_bytes(told_of(event)))["data"]["reason"] == ""
    event.data = {**event.data, "reason": "Vuelve a gotear"}
    assert json.loads(message_bytes(told_of(event)))["data"]["reason"] == "Vuelve a gotear"
