"""AfterShip and EasyPost: many words for where a parcel is, one vocabulary of ours."""

from datetime import UTC, datetime

import pytest
from reading_story import facts_of, only, payload

from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.adapters.aftership import STATUS as AFTERSHIP_WORDS
from aftersales_api.inbound.adapters.contract import Knock, Terms
from aftersales_api.inbound.adapters.easypost import STATUS as EASYPOST_WORDS
from aftersales_api.inbound.errors import NothingToSay, NotMappable
from aftersales_api.orders.facts import ShipmentStatus as S


def statuses(fact) -> list[S]:
    return [event.status for event in fact.events]


def test_aftership_checkpoints_become_scans_with_carrier_times():
    seen = only("aftership", "tracking_update.delivered")
    assert (seen.tracking_number, seen.carrier, seen.order_number) == ("LX123456785ES", "correos", "#1001")
    assert statuses(seen) == [S.LABEL_CREATED, S.IN_TRANSIT, S.EXCEPTION, S.DELIVERED]
    assert seen.events[-1].occurred_at == datetime(2026, 5, 4, 10, 30, tzinfo=UTC)


def test_aftership_postal_codes_are_found_under_both_names():
    seen = only("aftership", "tracking_update.delivered")
    assert [event.postal_code for event in seen.events] == [None, "28013", None, "28013"]


def test_thirty_silent_days_are_a_scan_of_their_own():
    seen = only("aftership", "tracking_update.expired")
    assert statuses(seen) == [S.IN_TRANSIT, S.EXPIRED]
    assert seen.events[-1].occurred_at == datetime(2026, 6, 10, tzinfo=UTC)


def test_lost_and_damaged_are_said_apart_and_delays_are_marked():
    lost = only("aftership", "tracking_update.lost")
    assert [event.exception_reason for event in lost.events] == ["lost", "damaged"]
    late = only("aftership", "tracking_update.delivered").events[2]
    assert (late.exception_reason, late.is_delayed) == ("other", True)


def test_a_parcel_going_back_is_returning_and_then_returned():
    assert statuses(only("aftership", "tracking_update.returned")) == [S.RETURNING, S.RETURNED]


def test_a_parcel_without_checkpoints_still_says_where_it_is():
    msg = {**payload("aftership", "tracking_update.delivered")["msg"], "checkpoints": []}
    seen = only("aftership", "tracking_update.delivered", changed={"msg": msg})
    assert statuses(seen) == [S.DELIVERED]


def test_a_country_of_three_letters_becomes_one_of_two():
    assert {event.country for event in only("aftership", "tracking_update.delivered").events} == {"ES"}


def test_aftership_returns_and_warranties_stay_outside_cases():
    returned, warranty = only("aftership", "return.approved"), only("aftership", "warranty.created")
    assert (returned.kind, returned.topic, returned.external_id, returned.order_number) == (
        "return",
        "return.approved",
        "ret-9",
        "#1001",
    )
    assert (warranty.kind, warranty.external_id, warranty.raw_status) == ("warranty", "wa-1", "under_review")
    assert warranty.details == {"rma_number": "WAR-1"}


def test_easypost_details_become_scans_and_say_more_than_the_status():
    seen = only("easypost", "tracker.updated.delivered")
    assert statuses(seen) == [S.LABEL_CREATED, S.IN_TRANSIT, S.ATTEMPT_FAILED, S.DELIVERED]
    assert [event.is_delayed for event in seen.events] == [False, True, False, False]
    assert (seen.carrier, seen.tracking_number, seen.is_test) == ("Correos", "LX123456785ES", False)


def test_easypost_test_mode_is_marked_and_a_lost_parcel_says_so():
    seen = only("easypost", "tracker.updated.lost")
    assert (seen.is_test, statuses(seen), seen.events[0].exception_reason) == (True, [S.EXCEPTION], "lost")


def test_a_tracker_without_details_still_says_where_it_is():
    seen = only("easypost", "tracker.updated.returning")
    assert (statuses(seen), seen.events[0].occurred_at) == ([S.RETURNING], datetime(2026, 5, 21, 10, 30, tzinfo=UTC))


@pytest.mark.parametrize(("source", "words"), [("aftership", AFTERSHIP_WORDS), ("easypost", EASYPOST_WORDS)])
def test_every_word_of_the_table_is_one_of_ours(source, words):
    assert set(words.values()) <= set(S)


def test_a_connections_own_table_goes_first():
    terms = Terms(
        status_map={"Exception_013": "exception", "delivery_exception": "exception", "Exception_004": "in_transit"}
    )
    assert statuses(only("aftership", "tracking_update.delivered", terms=terms))[2] is S.IN_TRANSIT
    assert statuses(only("easypost", "tracker.updated.delivered", terms=terms))[2] is S.EXCEPTION


@pytest.mark.parametrize(
    ("source", "name", "changed"),
    [("aftership", "tracking_update.delivered", {"msg": {}}), ("easypost", "tracker.updated.lost", {"result": None})],
)
def test_a_parcel_without_number_cannot_be_read(source, name, changed):
    with pytest.raises(NotMappable):
        facts_of(source, name, changed=changed)


@pytest.mark.parametrize(
    ("source", "name", "changed"),
    [
        ("aftership", "tracking_update.delivered", {"event": "coffee"}),
        ("easypost", "tracker.updated.lost", {"description": "batch.created"}),
    ],
)
def test_topics_we_do_not_follow_change_nothing(source, name, changed):
    with pytest.raises(NothingToSay):
        facts_of(source, name, changed=changed)


@pytest.mark.parametrize(
    ("source", "body", "key"),
    [
        ("aftership", b'{"event":"tracking_update","event_id":"e1","msg":{"tracking_number":"N"}}', "event|e1"),
        ("aftership", b'{"event":"return.approved","id":"w1","data":{"id":"r"}}', "event|w1"),
        ("easypost", b'{"id":"evt_1","description":"tracker.updated","result":{"tracking_code":"N"}}', "event|evt_1"),
    ],
)
def test_signed_ids_are_the_key(source, body, key):
    envelope = ADAPTERS[source].envelope(Knock(body, {}))
    assert (envelope.dedupe_key, envelope.replay_key) == (key, None)
    assert envelope.resource is not None
