"""Every payload under every topic of its source is read, refused or passed over: never a fault."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_story import PAYLOADS, RECEIVED

from aftersales_api.inbound.adapters import ADAPTERS, shopify, woocommerce
from aftersales_api.inbound.adapters.contract import Knock, Letter, Terms
from aftersales_api.inbound.errors import NothingToSay, NotMappable
from aftersales_api.inbound.policy.reading import read_object

FILES = sorted(PAYLOADS.glob("*/*.json"))
TOPICS = {
    "shopify": [*shopify.TOPICS, "", "products/create"],
    "woocommerce": [*woocommerce.TOPICS, "", "product.created"],
}


def read(source: str, body: bytes, topic: str):
    try:
        return ADAPTERS[source].translate(Letter(read_object(body), topic, Terms(), RECEIVED))
    except (NotMappable, NothingToSay) as verdict:
        return verdict.reason


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_payload_is_read_or_refused_under_every_topic(path):
    source = path.parent.name
    for topic in TOPICS.get(source, [""]):
        assert read(source, path.read_bytes(), topic) is not None


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_payload_has_an_envelope_that_can_be_stored(path):
    headers = {"x-shopify-topic": "orders/updated", "x-wc-webhook-topic": "order.updated", "webhook-id": "m"}
    envelope = ADAPTERS[path.parent.name].envelope(Knock(path.read_bytes(), headers))
    keys = [envelope.dedupe_key, envelope.guard_key or "", envelope.replay_key or "", envelope.resource or ""]
    assert all(len(key) <= 200 and key.isascii() for key in keys)
    assert len(envelope.topic) <= 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=3), children, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300)
@given(
    path=st.sampled_from(FILES),
    picks=st.lists(st.integers(0, 10_000), min_size=1, max_size=4),
    value=JSON,
    data=st.data(),
)
def test_a_payload_with_any_member_replaced_is_read_or_refused(path, picks, value, data):
    document = node = json.loads(path.read_text())
    for pick in picks:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = keys[pick % len(keys)]
        if not isinstance(node[key], (dict, list)) or pick is picks[-1]:
            node[key] = value
            break
        node = node[key]
    source = path.parent.name
    topic = data.draw(st.sampled_from(TOPICS.get(source, [""])))
    read(source, json.dumps(document).encode(), topic)
