"""Cases opened by low scores and by keys: once, and one for two low scores of an order."""

from aftersales_api.cases.service import CaseOpening, open_case
from aftersales_api.kit.ids import new_id, parse
from cases_cast import a_category, an_order, done, resolved


def low_score(**wish):
    return CaseOpening(
        **{
            "subject": "NPS 2",
            "description": "The customer gave 2.",
            "survey_response_id": new_id(),
            "channel_origin": "survey",
            "dedupe_key": f"invitation:{new_id()}",
            **wish,
        }
    )


async def opened(lab, wish):
    now = await lab.now()
    async with lab.tx() as tx:
        return (await open_case(tx, wish, now, "system")).id


async def ordered(lab, external_id="1001"):
    return parse("ord", (await an_order(lab, external_id))["id"])


async def test_the_same_answer_told_twice_opens_one_case(lab):
    wish = low_score()

    assert await opened(lab, wish) == await opened(lab, wish)


async def test_two_low_scores_on_one_order_open_one_case(lab):
    order = await ordered(lab)
    first = await opened(lab, low_score(order_id=order))

    assert await opened(lab, low_score(order_id=order)) == first


async def test_two_low_scores_on_two_orders_open_two_cases(lab):
    first = await opened(lab, low_score(order_id=await ordered(lab, "1001")))

    assert await opened(lab, low_score(order_id=await ordered(lab, "1002"))) != first


async def test_a_low_score_after_the_case_was_resolved_opens_another(lab):
    order = await ordered(lab)
    first = await opened(lab, low_score(order_id=order))
    await resolved(lab, (await lab.client.get("/v1/cases")).json()["items"][0])

    assert await opened(lab, low_score(order_id=order)) != first


async def test_a_low_score_is_a_case_of_the_system(lab):
    await opened(lab, low_score())

    case = (await lab.client.get("/v1/cases")).json()["items"][0]

    assert (case["initiator"], case["status"], case["channel_origin"]) == ("system", "new", "survey")


async def test_the_life_of_a_case_is_told_to_the_shop(lab):
    await opened(lab, low_score())
    case = (await lab.client.get("/v1/cases")).json()["items"][0]
    for verb in ("resolve", "reopen", "resolve", "close"):
        said = {"resolution_code": "sorry", "category_id": await a_category(lab)} if verb == "resolve" else {}
        await done(lab, case, verb, **said)

    async with lab.tx() as tx:
        from sqlalchemy import text

        rows = await tx.execute(text("SELECT type FROM events WHERE subject_type = 'case' ORDER BY id"))

    assert [row.type for row in rows] == [
        "case.opened",
        "case.resolved",
        "case.reopened",
        "case.resolved",
        "case.closed",
    ]
