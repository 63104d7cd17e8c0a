"""What a new version does to runs in flight (engagement.md, scenario 6)."""

import pytest
from followups_story import MADRID, a_flow, a_message, at

from aftersales_api.followups.policy.in_flight import Migrated, Unmigrated, Waiting, WaitPolicy, migrate

ENTERED = at("2026-06-01T10:00+02:00")
PUBLISHED = at("2026-06-05T12:00+02:00")
OLD = a_flow({"id": "pause", "wait": {"for": "P7D"}}, a_message()).definition
NEW = a_flow({"id": "pause", "wait": {"for": "P3D"}}, a_message()).definition
RUN = Waiting(step_id="pause", counted_from=ENTERED, planned_at=at("2026-06-08T10:00+02:00"))


def moved(policy, new=NEW, step_map=None, run=RUN):
    return migrate(run, OLD, new, step_map or {}, policy, MADRID, {}, PUBLISHED)


@pytest.mark.parametrize(
    ("policy", "due"),
    [
        (WaitPolicy.KEEP_DUE, "2026-06-08T10:00+02:00"),
        (WaitPolicy.REANCHOR, "2026-06-05T12:00+02:00"),
        (WaitPolicy.RESTART, "2026-06-08T12:00+02:00"),
    ],
)
def test_a_wait_takes_its_new_instant_and_what_is_overdue_happens_now(policy, due):
    found = moved(policy)
    assert isinstance(found, Migrated)
    assert found.planned_at == at(due)


def test_reanchored_a_wait_that_is_still_to_come_keeps_its_beginning():
    longer = a_flow({"id": "pause", "wait": {"for": "P10D"}}, a_message()).definition
    assert moved(WaitPolicy.REANCHOR, longer).planned_at == at("2026-06-11T10:00+02:00")


def test_a_deleted_step_without_a_mapping_stays_where_it_was():
    other = a_flow({"id": "nap", "wait": {"for": "P3D"}}, a_message()).definition
    assert moved(WaitPolicy.REANCHOR, other) == Unmigrated("step_without_mapping")


def test_a_mapping_leads_to_the_step_that_replaced_it():
    other = a_flow({"id": "nap", "wait": {"for": "P3D"}}, a_message()).definition
    assert moved(WaitPolicy.RESTART, other, {"pause": "nap"}).step_id == "nap"


def test_a_step_of_the_same_name_that_does_something_else_is_no_mapping():
    other = a_flow(a_message("pause")).definition
    assert moved(WaitPolicy.REANCHOR, other) == Unmigrated("step_without_mapping")


def test_a_run_mapped_to_an_action_acts_when_it_was_due():
    other = a_flow(a_message("say")).definition
    assert moved(WaitPolicy.KEEP_DUE, other, {"pause": "say"}).planned_at == at("2026-06-08T10:00+02:00")
