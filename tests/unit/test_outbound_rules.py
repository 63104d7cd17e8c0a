"""Which types an endpoint wants, which headers it may set, which secrets sign, and what the payload is."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from aftersales_api.kit import signing
from aftersales_api.kit.clock import real_now
from aftersales_api.outbound.policy import capacity, headers, matching, secrets
from aftersales_api.outbound.policy.payload import LARGEST, Told, message_bytes, shown_response
from aftersales_api.outbound.policy.secrets import Secret

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("types", "event_type", "expected"),
    [
        ([], "order.paid", True),
        (["order"], "order.paid", True),
        (["order.paid"], "order.paid", True),
        (["order.paid"], "order.paid.late", True),
        (["message.attempt"], "message.attempt.failing", True),
        (["order"], "orders.paid", False),
        (["order.paid"], "order.pai", False),
        (["case", "order"], "order.paid", True),
        (["case"], "order.paid", False),
    ],
)
def test_a_listed_type_means_itself_and_all_below(types: list[str], event_type: str, expected: bool) -> None:
    assert matching.wants(types, event_type) is expected


@pytest.mark.parametrize(
    "text", ["", ".", "order.", ".paid", "order..paid", "order-paid", "order.*", "órder", "a" * 81, "a\n"]
)
def test_a_type_is_letters_digits_and_dots(text: str) -> None:
    assert not matching.is_type(text)


@pytest.mark.parametrize(
    "name",
    [
        "webhook-id",
        "Webhook-Signature",
        "WEBHOOK-X",
        "Host",
        "content-type",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
    ],
)
def test_headers_that_sign_route_or_frame_are_ours(name: str) -> None:
    assert headers.refusal(name, "x") == "header_reserved"


@pytest.mark.parametrize("name", ["", "a b", "a:b", "é", "a\r\nb", "x" * 65])
def test_a_header_name_is_a_token(name: str) -> None:
    assert headers.refusal(name, "x") == "header_name_malformed"


@pytest.mark.parametrize("value", ["", " x", "a\r\nX: y", "a\x00", "é", "x" * 1001])
def test_a_header_value_is_one_line_of_ascii(value: str) -> None:
    assert headers.refusal("X-Env", value) == "header_value_malformed"


@pytest.mark.parametrize(
    ("name", "value"), [("Authorization", "Bearer abc"), ("X-Env", "test"), ("x", "a b"), ("X-Long", "x" * 1000)]
)
def test_own_headers_are_welcome(name: str, value: str) -> None:
    assert headers.refusal(name, value) is None


@pytest.mark.parametrize(
    ("name", "expected"), [("Authorization", True), ("X-Api-Key", True), ("x-auth-token", True), ("X-Env", False)]
)
def test_credentials_are_not_shown_again(name: str, expected: bool) -> None:
    assert headers.is_sensitive(name) is expected


@pytest.mark.parametrize(("size", "expected"), [(23, False), (24, True), (64, True), (65, False)])
def test_a_secret_holds_24_to_64_bytes(size: int, expected: bool) -> None:
    assert secrets.is_wellformed("whsec_" + base64.b64encode(b"k" * size).decode()) is expected


def test_a_secret_without_its_prefix_is_refused() -> None:
    assert not secrets.is_wellformed(base64.b64encode(b"k" * 32).decode())


@pytest.mark.parametrize(
    ("after", "signing_keys"), [(timedelta(hours=24) - SECOND, ["new", "old"]), (timedelta(hours=24), ["new"])]
)
def test_the_old_secret_signs_for_24_hours(after: timedelta, signing_keys: list[str]) -> None:
    both = secrets.rotated([Secret("old")], "new", NOW, secrets.KEEP_OLD)

    assert [each.key for each in secrets.active(both, NOW + after)] == signing_keys


def test_a_second_rotation_does_not_lengthen_the_life_of_an_old_secret() -> None:
    once = secrets.rotated([Secret("first")], "second", NOW, timedelta(hours=1))
    twice = secrets.rotated(once, "third", NOW + timedelta(minutes=30), timedelta(hours=1))

    assert [each.key for each in secrets.active(twice, NOW + timedelta(hours=1))] == ["third", "second"]


def test_a_rotation_that_keeps_nothing_ends_the_old_secret_at_once() -> None:
    assert secrets.rotated([Secret("old")], "new", NOW, timedelta(0)) == [Secret("new")]


def test_each_active_secret_signs_and_the_reference_library_agrees() -> None:
    old, new, now = signing.new_secret(), signing.new_secret(), real_now()
    body = message_bytes(Told("order.paid", "evt_1", NOW, {"title": "Ünï"}))
    head = {
        "webhook-id": "whm_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": secrets.signatures([Secret(new), Secret(old)], "whm_1", int(now.timestamp()), body),
    }

    assert Webhook(old).verify(body, head) == Webhook(new).verify(body, head) == json.loads(body)


def test_a_payload_has_type_timestamp_and_data() -> None:
    told = Told(
        "order.paid",
        "evt_1",
        NOW,
        {"total": {"amount": "12.50", "currency": "EUR"}},
        {"type": "order", "id": "ord_1"},
        "cus_1",
        "ord_1",
    )

    assert json.loads(message_bytes(told)) == {
        "type": "order.paid",
        "timestamp": "2026-03-01T12:00:00Z",
        "data": {
            "total": {"amount": "12.50", "currency": "EUR"},
            "id": "evt_1",
            "subject": {"type": "order", "id": "ord_1"},
            "customer_id": "cus_1",
            "order_id": "ord_1",
            "occurred_at": "2026-03-01T12:00:00Z",
        },
    }


def test_data_above_the_hard_limit_is_left_out() -> None:
    body = message_bytes(Told("order.paid", "evt_1", NOW, {"note": "x" * LARGEST}))

    assert json.loads(body)["data"]["truncated"] is True
    assert len(body) < LARGEST


@given(st.binary(max_size=3000))
def test_any_response_can_be_shown_and_stored(body: bytes) -> None:
    shown = shown_response(body)

    assert len(shown.encode()) <= 1000
    assert "\x00" not in shown


def test_the_first_call_goes_at_once_and_the_next_one_a_slot_later() -> None:
    assert capacity.next_slot(None, 4, NOW) == (NOW, NOW + timedelta(milliseconds=250))
    assert capacity.next_slot(NOW + SECOND, 4, NOW) == (NOW + SECOND, NOW + timedelta(milliseconds=1250))
    assert capacity.next_slot(NOW - SECOND, 4, NOW) == (NOW, NOW + timedelta(milliseconds=250))


@pytest.mark.parametrize(("is_fifo", "is_failing", "expected"), [(False, False, 8), (True, False, 1), (False, True, 1)])
def test_order_and_failure_leave_one_place(is_fifo: bool, is_failing: bool, expected: int) -> None:
    assert capacity.places(is_fifo=is_fifo, is_failing=is_failing) == expected
