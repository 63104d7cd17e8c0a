"""Orders posted at the same moment are taken together, and each is answered as if it had come alone."""

import asyncio

import pytest

from aftersales_api.infra.throttle import Throttle
from aftersales_api.web.hot_writes import HotWrites

ORDINARY = {"X-Request-Id": "ordinary"}
EUR = "EUR"


def eur(amount):
    return {"amount": amount, "currency": EUR}


def an_order(external_id, email="ada@example.com", **members):
    line = {"external_id": "A", "title": "Kettle", "sku": "K", "quantity": 2, "unit_price": eur("25.00")}
    return {
        "external_id": external_id,
        "number": external_id,
        "email": email,
        "currency": EUR,
        "lines": [line],
        "total": eur("50.00"),
        **members,
    }


@pytest.fixture
async def takes(lab):
    await lab.client.post("/v1/orders", json=an_order("first"))  # the test client repeats the first under a key
    return next(way for way in lab.app.state.ways if isinstance(way, HotWrites))


@pytest.fixture
def transactions(takes, monkeypatch):
    """How many orders each transaction was begun with."""
    sizes = []
    real = HotWrites._together

    async def counted(self, posts):
        sizes.append(len(posts))
        return await real(self, posts)

    monkeypatch.setattr(HotWrites, "_together", counted)
    return sizes


async def post(lab, body, **headers):
    return await lab.client.post("/v1/orders", json=body, headers=headers)


async def at_once(lab, bodies):
    return await asyncio.gather(*(post(lab, body) for body in bodies))


async def test_an_order_is_answered_the_same_both_ways(lab, transactions):
    body = an_order("o1", source_updated_at="2026-05-01T10:00:00Z", financial_status="paid")
    new = await post(lab, body)
    again, ordinary = await post(lab, body), await lab.client.post("/v1/orders", json=body, headers=ORDINARY)
    assert (new.status_code, again.status_code, ordinary.status_code) == (201, 200, 200)
    assert new.content == again.content == ordinary.content
    read = await lab.client.get(new.headers["location"], headers=ORDINARY)
    assert read.content == new.content
    for name in ("etag", "location", "content-type", "ratelimit-policy"):
        assert new.headers[name] == again.headers[name] == ordinary.headers[name]
    assert transactions == [1, 1], "a request id of one's own goes the ordinary way"


async def test_orders_of_one_moment_share_transactions_and_each_gets_its_own_answer(lab, transactions):
    bodies = [an_order(f"o{number}", email=f"b{number % 3}@example.com") for number in range(20)]
    answers = await at_once(lab, bodies)
    assert [each.status_code for each in answers] == [201] * 20
    assert [each.json()["external_id"] for each in answers] == [each["external_id"] for each in bodies]
    assert sum(transactions) == 20
    assert len(transactions) <= 5
    assert len({each.json()["customer"]["id"] for each in answers}) == 3, "a buyer of several is one customer"
    for each in answers:
        assert (await lab.client.get(each.headers["location"], headers=ORDINARY)).json() == each.json()


async def test_one_order_said_twice_at_once_is_new_once(lab, transactions):
    bodies = [an_order(f"o{number % 5}", financial_status="paid") for number in range(15)]
    answers = await at_once(lab, bodies)
    assert sorted(each.status_code for each in answers) == [200] * 10 + [201] * 5
    assert max(transactions) <= 5, "a transaction takes an order once"
    versions = sorted(each.json()["version"] for each in answers if each.json()["external_id"] == "o1")
    assert len(set(versions)) == 3


async def test_what_a_rule_refuses_keeps_nobody_else_from_being_taken(lab, takes, transactions):
    before = int((await lab.client.get("/v1/shop")).headers["ratelimit"].split("r=")[1].split(";")[0])
    wrong = an_order(
        "bad", lines=[{"external_id": "A", "quantity": 1, "unit_price": {"amount": "1.00", "currency": "USD"}}]
    )
    twice = an_order("worse", lines=an_order("x")["lines"] * 2)
    bodies = [an_order(f"o{number}") for number in range(8)]
    answers = await at_once(lab, [*bodies[:4], wrong, *bodies[4:], twice])
    assert [each.status_code for each in answers] == [201] * 4 + [422] + [201] * 4 + [422]
    refused = await lab.client.post("/v1/orders", json=wrong, headers=ORDINARY)
    assert answers[4].json()["errors"] == refused.json()["errors"]
    assert (answers[4].json()["code"], answers[9].json()["code"]) == ("currency_mismatch", "duplicate_line")
    known = (await lab.client.get("/v1/orders?limit=100")).json()["items"]
    assert {each["external_id"] for each in known} == {"first", *(each["external_id"] for each in bodies)}
    after = int((await lab.client.get("/v1/shop")).headers["ratelimit"].split("r=")[1].split(";")[0])
    assert before - after <= 13, "every request is counted once"


async def test_shops_that_post_at_the_same_moment_do_not_meet(lab, transactions):
    other = await lab.other(name="Mallory")
    await post(other, an_order("first"))
    pairs = [(shop, an_order(f"o{number}")) for number in range(6) for shop in (lab, other)]
    answers = await asyncio.gather(*(post(shop, body) for shop, body in pairs))
    assert [each.status_code for each in answers] == [201] * 12
    for shop in (lab, other):
        listed = (await shop.client.get("/v1/orders?limit=100", headers=ORDINARY)).json()["items"]
        assert sorted(each["external_id"] for each in listed) == ["first", *(f"o{number}" for number in range(6))]
    assert len({each.json()["customer"]["id"] for each in answers}) == 2


async def test_keys_that_may_not_and_keys_that_are_none_get_the_ordinary_refusals(lab, takes):
    little = (await lab.client.post("/v1/api-keys", json={"name": "x", "scopes": ["orders:read"]})).json()["key"]
    refused = await post(lab, an_order("o1"), Authorization=f"Bearer {little}")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    typo = await post(lab, an_order("o1"), Authorization=f"Bearer {lab.key[:-1]}")
    assert (typo.status_code, typo.json()["code"]) == (401, "unauthenticated")
    key_id = next(each["id"] for each in (await lab.client.get("/v1/api-keys")).json()["items"] if each["name"] == "x")
    assert (await lab.client.post(f"/v1/api-keys/{key_id}/revoke")).status_code == 200
    gone = await post(lab, an_order("o1"), Authorization=f"Bearer {little}")
    assert gone.status_code == 401
    assert (await lab.client.get("/v1/orders?external_id=o1")).json()["items"] == []


@pytest.fixture
def five_a_minute(lab, takes):
    """Let every key ask five times, by whichever way."""
    usual, few = takes.throttle, Throttle(5)
    takes.throttle = lab.app.state.throttle = few
    yield
    takes.throttle = lab.app.state.throttle = usual


async def test_above_the_quota_the_rest_of_a_moment_is_refused(lab, takes, five_a_minute):
    answers = await at_once(lab, [an_order(f"o{number}") for number in range(9)])
    assert sorted(each.status_code for each in answers) == [201] * 5 + [429] * 4
    assert all("retry-after" in each.headers for each in answers if each.status_code == 429)
    takes.throttle = lab.app.state.throttle = Throttle(100)
    known = (await lab.client.get("/v1/orders?limit=100")).json()["items"]
    assert len(known) == 1 + 5


@pytest.mark.parametrize(
    "spoil",
    [
        {"lines": []},
        {"surprise": 1},
        {"currency": "EURO"},
        {"email": "no address"},
        {"total": eur("1.0")},
        {
            "refunds": [
                {"external_id": "R", "amount": eur("1.00"), "lines": [{"order_line_external_id": "Z", "quantity": 1}]}
            ]
        },
        {"external_id": "a\u0000b"},
    ],
)
async def test_what_is_refused_is_refused_in_the_same_words(lab, takes, spoil):
    hot = await post(lab, {**an_order("o1"), **spoil})
    ordinary = await lab.client.post("/v1/orders", json={**an_order("o1"), **spoil}, headers=ORDINARY)
    left, right = hot.json(), ordinary.json()
    assert hot.status_code == ordinary.status_code == 422
    assert left.pop("request_id") != right.pop("request_id")
    assert left == right


async def test_who_hangs_up_does_not_take_the_others_along(lab, takes):
    waiting = [asyncio.create_task(post(lab, an_order(f"o{number}"))) for number in range(6)]
    await asyncio.sleep(0)
    waiting[3].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers.pop(3), asyncio.CancelledError)
    assert [each.status_code for each in answers] == [201] * 5


async def test_posts_that_share_a_transaction_keep_to_the_quota_of_their_key(lab, takes):
    made = await lab.client.post("/v1/api-keys", json={"name": "few", "scopes": ["admin"], "rate_per_minute": 3})
    its = {"Authorization": f"Bearer {made.json()['key']}"}
    asked = (lab.client.post("/v1/orders", json=an_order(str(number)), headers=its) for number in range(5))
    answers = await asyncio.gather(*asked)
    assert sorted(each.status_code for each in answers) == [201, 201, 201, 429, 429]
    assert {each.headers["ratelimit-policy"] for each in answers} == {'"default";q=3;w=60'}
