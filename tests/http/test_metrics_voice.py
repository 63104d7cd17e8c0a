"""The numbers made of answers, over HTTP: the definitions' own figures, and what must never be said."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aftersales_api.kit.ids import new_id, show
from aftersales_api.surveys import service
from crowd import JUNE, crowd
from survey_cast import a_customer, an_order, answered, invited, mailed, metric, uuid_of


async def test_the_score_of_a_quarter_and_its_interval(lab: Any) -> None:
    await crowd(lab, "nps", {10: 60, 9: 50, 8: 30, 7: 22, 6: 20, 0: 18, None: 40})
    found = await metric(lab, "nps", **{"from": "2026-04-01", "to": "2026-07-01"})

    assert (found["value"], found["n"], found["se"]) == (36.0, 200, 5.5245)
    assert (round(found["ci_low"], 2), round(found["ci_high"], 2), round(found["ci_center"], 2)) == (
        24.72,
        46.22,
        35.47,
    )
    assert (found["promoters"], found["passives"], found["detractors"]) == (110, 52, 38)
    assert (found["numerator"], found["denominator"], found["low_n"]) == (72, 200, False)
    assert (found["settings"]["interval"], found["settings"]["basis"]) == ("adjusted_wald", "answered")
    assert found["definition_version"]
    assert found["convention"]


async def test_the_plain_interval_is_given_on_request(lab: Any) -> None:
    await crowd(lab, "nps", {9: 110, 8: 52, 0: 38})
    found = await metric(lab, "nps", **{"from": "2026-04-01", "to": "2026-07-01", "interval": "wald"})

    assert (round(found["ci_low"], 2), round(found["ci_high"], 2), found["settings"]["interval"]) == (
        25.17,
        46.83,
        "wald",
    )


async def test_two_quarters_are_compared_by_their_errors(lab: Any) -> None:
    await crowd(lab, "nps", {9: 110, 8: 52, 0: 38})
    await crowd(lab, "nps", {9: 96, 8: 60, 0: 44}, JUNE + timedelta(days=60))
    asked = {"from": "2026-04-01", "to": "2026-07-01", "compare_from": "2026-07-01", "compare_to": "2026-10-01"}
    found = (await metric(lab, "nps", **asked))["comparison"]

    assert (found["value"], found["difference"], round(found["se"], 3), round(found["z"], 3)) == (
        26.0,
        10.0,
        7.883,
        1.269,
    )
    assert (found["p"], found["significant"]) == (0.2046, False)


async def test_a_comparison_with_nothing_says_nothing(lab: Any) -> None:
    await crowd(lab, "nps", {9: 8})
    asked = {"from": "2026-04-01", "to": "2026-07-01", "compare_from": "2026-07-01", "compare_to": "2026-10-01"}
    found = (await metric(lab, "nps", **asked))["comparison"]

    assert (found["value"], found["difference"], found["z"], found["significant"]) == (None, None, None, None)


@pytest.mark.parametrize(
    ("counts", "value", "low", "high"), [({9: 8}, 100.0, 38.54, 100.0), ({9: 3, 8: 1, 0: 1}, 40.0, -29.78, 79.78)]
)
async def test_few_answers_do_not_look_exact(
    lab: Any, counts: dict[int | None, int], value: float, low: float, high: float
) -> None:
    await crowd(lab, "nps", counts)
    found = await metric(lab, "nps", **{"from": "2026-04-01", "to": "2026-07-01"})

    assert (found["value"], round(found["ci_low"], 2), round(found["ci_high"], 2), found["low_n"]) == (
        value,
        low,
        high,
        True,
    )


@pytest.mark.parametrize("name", ["nps", "csat", "ces", "response_rate", "coverage"])
async def test_nobody_asked_means_no_number(lab: Any, name: str) -> None:
    found = await metric(lab, name)

    assert (found["value"], found["n"], found["denominator"]) == (None, 0, 0)
    assert found.get("ci_low") is None


async def test_satisfaction_counts_the_top_two_boxes(lab: Any) -> None:
    await crowd(lab, "csat", {5: 100, 4: 32, 3: 20, 1: 8})
    found = await metric(lab, "csat", **{"from": "2026-06-01", "to": "2026-07-01"})

    assert (found["value"], found["n"], found["numerator"], found["satisfied"]) == (82.5, 160, 132, 132)
    assert (round(found["ci_low"], 2), round(found["ci_high"], 2)) == (75.87, 87.61)
    assert (found["settings"]["threshold"], found["mean"]) == (4, 4.35)


async def test_the_threshold_of_satisfaction_can_be_chosen_and_is_told(lab: Any) -> None:
    await crowd(lab, "csat", {5: 100, 4: 32, 3: 20, 1: 8})
    found = await metric(lab, "csat", **{"from": "2026-06-01", "to": "2026-07-01", "threshold": 5})

    assert (found["value"], found["settings"]["threshold"]) == (62.5, 5)
    assert ">= 5" in found["convention"]


async def test_effort_names_each_of_its_conventions(lab: Any) -> None:
    await crowd(lab, "ces", dict(zip(range(1, 8), (8, 10, 14, 18, 40, 60, 50), strict=True)))
    found = await metric(lab, "ces", **{"from": "2026-06-01", "to": "2026-07-01"})

    assert (found["value"], found["mean"], round(found["sd"], 3)) == (5.26, 5.26, 1.645)
    assert (round(found["ci_low"], 3), round(found["ci_high"], 3)) == (5.032, 5.488)
    assert (found["agree"], found["top2"], found["net"]) == (75.0, 55.0, 39.0)
    assert (round(found["agree_ci_low"], 2), round(found["agree_ci_high"], 2)) == (68.57, 80.49)
    assert set(found["conventions"]) == {"value", "mean", "agree", "top2", "net"}
    assert found["settings"]["polarity"] == "higher_is_easier"


async def test_the_period_ends_before_its_last_day_begins_in_the_shops_zone(lab: Any) -> None:
    midnight = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
    await crowd(lab, "nps", {9: 1}, midnight - timedelta(microseconds=1))
    await crowd(lab, "nps", {0: 1}, midnight)
    june = await metric(lab, "nps", **{"from": "2026-06-01", "to": "2026-07-01"})
    july = await metric(lab, "nps", **{"from": "2026-07-01", "to": "2026-08-01"})

    assert (june["value"], july["value"]) == (100.0, -100.0)
    assert june["period"] == {
        "from": "2026-06-01",
        "to": "2026-07-01",
        "from_at": "2026-05-31T22:00:00Z",
        "to_at": "2026-06-30T22:00:00Z",
        "timezone": "Europe/Madrid",
    }


@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-07-01", "to": "2026-06-01"},
        {"from": "1990-01-01", "to": "2026-06-01"},
        {"from": "June"},
        {"group_by": "day"},
    ],
)
async def test_a_period_that_makes_no_sense_is_refused(lab: Any, asked: dict[str, str]) -> None:
    assert (await lab.client.get("/v1/metrics/nps", params=asked)).status_code == 422


async def test_an_unknown_number_is_not_there(lab: Any) -> None:
    assert (await lab.client.get("/v1/metrics/happiness")).status_code == 404


async def test_months_without_answers_are_shown_without_a_number(lab: Any) -> None:
    await crowd(lab, "nps", {9: 3, 0: 1})
    found = await metric(lab, "nps", **{"from": "2026-05-01", "to": "2026-08-01", "group_by": "month"})

    assert [(each["key"], each["value"], each["n"]) for each in found["groups"]] == [
        ("2026-05", None, 0),
        ("2026-06", 50.0, 4),
        ("2026-07", None, 0),
    ]


async def test_an_answer_counts_once_for_each_product_and_carrier_of_its_order(lab: Any) -> None:
    customer = await a_customer(lab)
    both = await an_order(lab, customer, products=("lamp", "desk", "lamp"), carriers=("dhl", "dhl", None))
    one = await an_order(lab, customer, products=("lamp",), carriers=("ups",))
    await answered(lab, 10, order_id=both)
    await answered(lab, 0, order_id=one)
    await answered(lab, 10)
    products = await metric(lab, "nps", group_by="product")
    carriers = await metric(lab, "nps", group_by="carrier")
    rates = await metric(lab, "response_rate", group_by="product")

    assert products["n"] == 3
    assert [(each["key"], each["label"], each["n"], each["value"]) for each in products["groups"]] == [
        ("desk", "Desk", 1, 100.0),
        ("lamp", "Lamp", 2, 0.0),
    ]
    assert [(each["key"], each["n"], each["value"]) for each in carriers["groups"]] == [
        ("dhl", 1, 100.0),
        ("ups", 1, -100.0),
    ]
    assert [(each["key"], each["n"], each["value"]) for each in rates["groups"]] == [
        ("desk", 1, 100.0),
        ("lamp", 2, 100.0),
    ]


async def test_a_product_of_the_catalogue_is_named_by_its_id(lab: Any) -> None:
    product = new_id()
    order = await an_order(lab, await a_customer(lab), products=("lamp",), product_id=product)
    await answered(lab, 10, order_id=order)

    (found,) = (await metric(lab, "nps", group_by="product"))["groups"]
    assert (found["key"], found["label"]) == (show("prd", product), "Lamp")


async def test_an_answer_belongs_to_the_day_it_was_given_or_to_the_day_its_survey_was_sent(make_lab: Any) -> None:
    lab = await make_lab(clock_at="2026-06-30T10:00:00Z")
    invitation = await invited(lab, "nps")
    await lab.advance("P2D")
    await lab.client.post(f"/v1/public/surveys/{invitation['token']}/answers", json={"score": 9})
    june = {"from": "2026-06-01", "to": "2026-07-01"}

    assert (await metric(lab, "nps", **june))["n"] == 0
    sent = await metric(lab, "nps", **june, basis="sent")
    assert (sent["n"], sent["settings"]["basis"]) == (1, "sent")


async def test_the_same_question_as_of_an_instant_keeps_its_answer(make_lab: Any) -> None:
    lab = await make_lab(clock_at="2026-06-10T10:00:00Z")
    made = await answered(lab, 9)
    path = f"/v1/public/surveys/{made['invitation']['token']}/answers"
    await lab.advance("PT1H")
    before = (await lab.now()).isoformat()
    await lab.advance("PT1H")
    await lab.client.post(path, json={"score": 2})
    june = {"from": "2026-06-01", "to": "2026-07-01"}

    assert (await metric(lab, "nps", **june))["value"] == -100.0
    assert (await metric(lab, "nps", **june, as_of=before))["value"] == 100.0
    assert (await metric(lab, "nps", **june, as_of="2026-06-10T10:00:00Z"))["value"] is None


async def test_response_rate_counts_delivered_invitations_only(lab: Any) -> None:
    await answered(lab, 9)
    await mailed(lab, "nps")
    await mailed(lab, "nps", delivered=False)
    held = await mailed_never(lab)
    found = await metric(lab, "response_rate")

    assert (found["value"], found["numerator"], found["denominator"]) == (50.0, 1, 2)
    assert held


async def test_a_score_stands_beside_who_answered_and_who_was_never_asked(lab: Any) -> None:
    await answered(lab, 9)
    await mailed(lab, "nps")
    await mailed_never(lab)
    found = await metric(lab, "nps")

    assert (found["response_rate"]["value"], found["response_rate"]["n"]) == (50.0, 2)
    assert (found["coverage"]["value"], found["coverage"]["numerator"], found["coverage"]["denominator"]) == (
        66.6667,
        2,
        3,
    )
    assert found["coverage"]["not_asked"] == [{"reason": "open_case", "customers": 1}]
    assert (await metric(lab, "coverage"))["value"] == 66.6667


async def test_one_survey_can_be_read_alone(lab: Any) -> None:
    await lab.client.post("/v1/surveys", json={"key": "parcel", "kind": "nps"})
    await answered(lab, 9)
    await answered(lab, 0, "parcel")

    assert (await metric(lab, "nps"))["value"] == 0.0
    assert (await metric(lab, "nps", survey_key="parcel"))["value"] == -100.0


async def test_a_key_without_the_scope_reads_no_numbers(lab: Any) -> None:
    key = (await lab.client.post("/v1/api-keys", json={"name": "shop", "scopes": ["surveys:read"]})).json()["key"]
    refused = await lab.client.get("/v1/metrics/nps", headers={"Authorization": f"Bearer {key}"})

    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def mailed_never(lab: Any) -> service.Invited:
    """An invitation the contact policy held back."""
    customer = uuid_of("cus", await a_customer(lab))
    async with lab.tx() as tx:
        now = await lab.now()
        found = await service.invite(tx, "nps", customer, now=now)
        await service.suppress(tx, found.invitation.id, "open_case", now)
    return found
