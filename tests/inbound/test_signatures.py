"""Every vector verifies; whatever is changed or garbled does not, and nothing raises."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.adapters.contract import Knock, Terms, Trust
from aftersales_api.kit import signing
from aftersales_api.kit.clock import real_now

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
GARBAGE = [
    "",
    " ",
    "v1",
    "v1,",
    "v1,%%%",
    "v1,a,b",
    "x" * 10_000,
    "v1," + "A" * 10_000,
    "v1,ÿþ",
    "☠",
    "hmac-sha256-hex=",
    "t=1,v1=2",
]


def verifies(vector, *, body=None, headers=None, secret=None, now=None) -> bool:
    said = {name.lower(): value for name, value in {**vector["headers"], **(headers or {})}.items()}
    at = now or datetime.fromtimestamp(vector.get("now", NOW.timestamp()), UTC)
    knock = Knock(vector["body"].encode() if body is None else body, said)
    return ADAPTERS[vector["source"]].verify(
        knock, Trust([vector["secret"] if secret is None else secret], Terms(), at)
    )


def named(vector) -> str:
    return f"{vector['source']} {vector['name']}"


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_each_vector_verifies(vector):
    assert verifies(vector)


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_flipping_any_byte_of_the_body_is_refused(vector):
    body = vector["body"].encode()
    for place in range(len(body)):
        assert not verifies(vector, body=body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])


@pytest.mark.parametrize("vector", [each for each in VECTORS if each["source"] == "generic"], ids=named)
@pytest.mark.parametrize("part", ["-id", "-timestamp"])
def test_flipping_any_byte_of_id_or_timestamp_is_refused(vector, part):
    name = next(header for header in vector["headers"] if header.endswith(part))
    value = vector["headers"][name]
    for place, letter in enumerate(value):
        flipped = value[:place] + chr(ord(letter) ^ 1) + value[place + 1 :]
        assert not verifies(vector, headers={name: flipped})


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_another_secret_is_refused(vector):
    for other in ("", "whsec_", "whpk_AAAA", "another", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSv"):
        assert not verifies(vector, secret=other)


@pytest.mark.parametrize("vector", VECTORS, ids=named)
@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbled_signature_headers_are_refused_and_never_raise(vector, garbage):
    name = next(header for header in vector["headers"] if header.lower().endswith(("signature", "hmac-sha256")))
    assert not verifies(vector, headers={name: garbage})


@pytest.mark.parametrize("vector", VECTORS, ids=named)
def test_missing_headers_are_refused(vector):
    assert not verifies({**vector, "headers": {}})


@pytest.mark.parametrize(("seconds", "expected"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_a_timestamp_counts_up_to_five_minutes_away(seconds, expected):
    vector = next(each for each in VECTORS if each["name"] == "own v1")
    assert verifies(vector, now=datetime.fromtimestamp(vector["now"], UTC) + timedelta(seconds=seconds)) is expected


@pytest.mark.parametrize("stamp", ["1780315200.0", "+1780315200", "1e9", "١٧٨٠٣١٥٢٠٠", "", "9" * 400])
def test_a_timestamp_is_whole_seconds_in_plain_digits(stamp):
    vector = next(each for each in VECTORS if each["name"] == "own v1")
    assert not verifies(vector, headers={"webhook-timestamp": stamp})


def test_what_we_sign_is_accepted_by_the_reference_library():
    secret, at = signing.new_secret(), int(real_now().timestamp())
    token = signing.sign_v1(secret, "msg_1", at, b'{"a": 1}')
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": token}
    assert Webhook(secret).verify(b'{"a": 1}', headers) == {"a": 1}


def test_ed25519_signatures_go_both_ways():
    private = next(each for each in VECTORS if each["name"] == "own v1a, private key")
    body, at = private["body"].encode(), private["now"]
    assert signing.sign_v1a(private["secret"], "msg_luna_2", at, body) == private["headers"]["webhook-signature"]


@given(secret=st.text(), signature=st.text(), stamp=st.text(), body=st.binary())
def test_nothing_a_stranger_sends_raises(secret, signature, stamp, body):
    assert not signing.is_signed_standard(
        [secret], message_id="m", timestamp=stamp, signature=signature, body=body, now=NOW
    )


@given(headers=st.dictionaries(st.sampled_from([
    "webhook-id", "webhook-timestamp", "webhook-signature", "x-shopify-hmac-sha256", "shopify-hmac-sha256", "x-shopify-topic",
    "x-wc-webhook-signature", "aftership-hmac-sha256", "as-signature-hmac-sha256", "am-webhook-signature", "x-hmac-signature",
    "authorization",
]), st.text(alphabet=st.characters(max_codepoint=255))), body=st.binary())  # fmt: skip
def test_no_adapter_raises_on_hostile_headers_and_bodies(headers, body):
    knock = Knock(body, headers)
    for adapter in ADAPTERS.values():
        for mode in adapter.auth_modes:
            assert not adapter.verify(knock, Trust(["a:b"], Terms(auth_mode=mode), NOW))
        adapter.is_ping(knock)
        adapter.envelope(knock)


def test_easypost_takes_basic_credentials_when_it_does_not_sign():
    trust = Trust(["luna:pass:word"], Terms(auth_mode="basic"), NOW)
    verify = ADAPTERS["easypost"].verify
    assert verify(Knock(b"{}", {"authorization": "Basic bHVuYTpwYXNzOndvcmQ="}), trust)
    for wrong in ("", "Basic", "Basic %%%", "Bearer bHVuYTpwYXNzOndvcmQ=", "Basic bHVuYTpwYXNzOndvcms="):
        assert not verify(Knock(b"{}", {"authorization": wrong}), trust)


def test_shopify_accepts_the_old_secret_beside_the_new_one():
    vector = next(each for each in VECTORS if each["source"] == "shopify")
    knock = Knock(vector["body"].encode(), {name.lower(): value for name, value in vector["headers"].items()})
    assert ADAPTERS["shopify"].verify(knock, Trust(["the new one", vector["secret"]], Terms(), NOW))


@pytest.mark.parametrize(
    ("expected", "said", "good"),
    [
        ("shop1.myshopify.io", "shop1.myshopify.io", True),
        ("https://Shop1.myshopify.io/", "shop1.MYSHOPIFY.io", True),
        ("shop1.myshopify.io", "shop2.myshopify.io", False),
        ("shop1.myshopify.io", "", False),
    ],
)
def test_shopify_must_name_the_expected_shop(expected, said, good):
    vector = next(each for each in VECTORS if each["source"] == "shopify")
    headers = {**{name.lower(): value for name, value in vector["headers"].items()}, "x-shopify-shop-domain": said}
    knock = Knock(vector["body"].encode(), headers)
    assert ADAPTERS["shopify"].verify(knock, Trust([vector["secret"]], Terms(shop_domain=expected), NOW)) is good


@pytest.mark.parametrize(("sandbox", "good"), [(None, False), (timedelta(), True), (timedelta(seconds=301), False)])
def test_a_sandbox_may_sign_by_its_own_clock(sandbox, good):
    vector = next(each for each in VECTORS if each["source"] == "generic" and "now" in each)
    signed_at = datetime.fromtimestamp(vector["now"], UTC)
    knock = Knock(vector["body"].encode(), {name.lower(): value for name, value in vector["headers"].items()})
    there = None if sandbox is None else signed_at + sandbox

    assert ADAPTERS["generic"].verify(knock, Trust([vector["secret"]], Terms(), NOW, there)) is good
