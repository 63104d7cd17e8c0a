"""One-click ratings and mail scanners: machines click, people answer, and only people count."""

from typing import Any

from survey_cast import mailed, metric, post_page

SCORES = [10, 9, 9, 10, 9, 10, 9, 7, 8, 8, 3, 6]


async def test_scanners_never_answer_and_people_still_can(lab: Any) -> None:
    people = [await mailed(lab, "nps") for _ in SCORES]
    scanned = [await mailed(lab, "nps") for _ in range(4)]
    untouched = [await mailed(lab, "nps") for _ in range(4)]
    await lab.advance("PT1H")

    for found in scanned:
        for value in range(11):
            page = await lab.client.get(f"/r/{found.token}", params={"q": "score", "v": value})
            assert page.status_code == 200
    for found, score in zip(people, SCORES, strict=True):
        assert (await post_page(lab, found.token, score=str(score))).status_code == 303

    score = await metric(lab, "nps")
    assert (score["n"], round(score["value"], 2)) == (12, 41.67)
    assert (round(score["ci_low"], 2), round(score["ci_high"], 2)) == (-5.5, 72.17)
    assert (score["response_rate"]["value"], score["response_rate"]["denominator"]) == (60.0, 20)
    assert await statuses(lab) == {"completed": 12, "delivered": 8}
    assert len(await clicks(lab, automated=True)) == 44
    assert await clicks(lab, automated=False) == []
    assert len(untouched) == 4

    await lab.advance("P1D")
    late = scanned[0]
    await lab.client.get(f"/r/{late.token}", params={"q": "score", "v": 9})
    assert (await post_page(lab, late.token, score="9")).status_code == 303
    assert len(await clicks(lab, automated=False)) == 1
    assert (await metric(lab, "nps"))["n"] == 13

    again = await post_page(lab, late.token, score="2")
    assert again.status_code == 303
    items = (await lab.client.get("/v1/survey-responses", params={"limit": 100})).json()["items"]
    assert len(items) == 13
    assert [each["score"] for each in items if each["edits"]] == [2]


async def statuses(lab: Any) -> dict[str, int]:
    items = (await lab.client.get("/v1/survey-invitations", params={"limit": 100})).json()["items"]
    found: dict[str, int] = {}
    for each in items:
        found[each["status"]] = found.get(each["status"], 0) + 1
    return found


async def clicks(lab: Any, *, automated: bool) -> list[Any]:
    wanted = {"automated": str(automated).lower(), "limit": 100}
    return (await lab.client.get("/v1/survey-rating-intents", params=wanted)).json()["items"]
