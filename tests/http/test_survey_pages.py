"""The hosted survey pages: without scripts, in the customer's language, and a GET changes nothing."""

from typing import Any

import pytest
from sqlalchemy import text

from page_check import assert_accessible, assert_guarded, read
from survey_cast import CSRF, a_customer, answered, events, invited, mailed, post_page

ALL_TYPES = {
    "questions": [
        {"id": "intro", "type": "statement", "i18n": {"en": {"label": "A few questions", "help": "Short ones"}}},
        {
            "id": "score",
            "type": "nps",
            "required": True,
            "i18n": {"en": {"label": "Recommend?", "low": "No", "high": "Yes"}},
        },
        {"id": "stars", "type": "rating", "min": 1, "max": 5, "i18n": {"en": {"label": "Stars"}}},
        {
            "id": "one",
            "type": "single_choice",
            "choice_ids": ["price", "speed"],
            "i18n": {"en": {"label": "One", "choices": {"price": "Price", "speed": "Speed"}}},
        },
        {
            "id": "many",
            "type": "multi_choice",
            "choice_ids": ["price", "speed"],
            "i18n": {"en": {"label": "Many", "choices": {"price": "Price", "speed": "Speed"}}},
        },
        {"id": "again", "type": "boolean", "i18n": {"en": {"label": "Again?"}}},
        {"id": "agree", "type": "consent", "required": True, "i18n": {"en": {"label": "I agree to be quoted"}}},
        {"id": "words", "type": "text", "required": True, "i18n": {"en": {"label": "Why?", "help": "Anything"}}},
    ]
}


async def everything(lab: Any) -> str:
    """All survey rows of the shop as one text: what a GET must leave as it was."""
    tables = ("survey_invitations", "survey_responses", "survey_answers", "survey_rating_intents", "events", "jobs")
    async with lab.tx() as tx:
        found = [
            await tx.scalar(text(f"SELECT coalesce(string_agg(t::text, '|' ORDER BY id), '') FROM {name} t"))
            for name in tables
        ]
    return "\n".join(found)


@pytest.mark.parametrize(
    ("locale", "lang", "words"),
    [
        ("es", "es", "recomendarías"),
        ("es-MX", "es", "Enviar"),
        ("en", "en", "recommend us"),
        ("de", "es", "recomendarías"),
    ],
)
async def test_the_page_speaks_the_customers_language(lab: Any, locale: str, lang: str, words: str) -> None:
    invitation = await invited(lab, "nps", customer_id=await a_customer(lab, locale))
    page = await lab.client.get(f"/s/{invitation['token']}")

    assert page.status_code == 200
    assert words in page.text
    assert f'lang="{lang}"' in page.text


@pytest.mark.parametrize("survey", ["nps", "csat", "ces"])
async def test_the_page_is_accessible_and_guarded(lab: Any, survey: str) -> None:
    invitation = await invited(lab, survey)
    page = await lab.client.get(f"/s/{invitation['token']}")

    assert_accessible(page, "es")
    assert_guarded(page)
    assert page.headers["content-type"].startswith("text/html")


async def test_every_kind_of_question_can_be_asked_and_answered_without_scripts(lab: Any) -> None:
    await lab.client.post("/v1/surveys", json={"key": "all", "kind": "nps", "definition": ALL_TYPES})
    invitation = await invited(lab, "all", customer_id=await a_customer(lab, "en"))
    page = await lab.client.get(f"/s/{invitation['token']}")
    assert_accessible(page, "en")

    fields = {
        "score": "10",
        "stars": "4",
        "one": "speed",
        "many": ["price", "speed"],
        "again": "0",
        "agree": "1",
        "words": "Ok",
    }
    sent = await post_page(lab, invitation["token"], **fields)
    (stored,) = (await lab.client.get("/v1/survey-responses")).json()["items"]

    assert (sent.status_code, stored["status"]) == (303, "complete")
    assert {
        each["question_id"]: each["value_num"] or each["value_choice_ids"] or each["value_text"] or 0
        for each in stored["answers"]
    } == {
        "score": 10,
        "stars": 4,
        "one": ["speed"],
        "many": ["price", "speed"],
        "again": 0,
        "agree": 1,
        "words": "Ok",
    }


async def test_the_scale_offers_every_value_once(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    page = read((await lab.client.get(f"/s/{invitation['token']}")).text)
    values = [each["value"] for tag, each in page.tags if tag == "input" and each.get("name") == "score"]

    assert values == [str(value) for value in range(11)]


async def test_looking_at_pages_changes_nothing(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    before = await everything(lab)
    for path in (
        f"/s/{invitation['token']}",
        f"/s/{invitation['token']}/thanks",
        f"/v1/public/surveys/{invitation['token']}",
    ):
        await lab.client.get(path)

    assert await everything(lab) == before


async def test_an_answer_is_written_and_leads_to_the_thanks(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    sent = await post_page(lab, invitation["token"], score="9", comment="Genial")
    thanks = await lab.client.get(sent.headers["location"])
    (stored,) = (await lab.client.get("/v1/survey-responses")).json()["items"]

    assert (sent.status_code, sent.headers["location"]) == (303, f"/s/{invitation['token']}/thanks")
    assert (stored["score"], stored["comment"], stored["status"], stored["source"]) == (9, "Genial", "complete", "page")
    assert thanks.status_code == 200
    assert_accessible(thanks, "es")
    assert_guarded(thanks)
    assert len(await events(lab, "survey.answered")) == 1


async def test_a_missing_score_shows_the_page_again_with_the_gap_named(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    again = await post_page(lab, invitation["token"], comment="Sin nota")

    assert again.status_code == 422
    assert_accessible(again, "es")
    assert 'role="alert"' in again.text
    assert 'href="#q-score-0"' in again.text
    assert "Sin nota" in again.text
    assert (await lab.client.get("/v1/survey-responses")).json()["items"] == []


@pytest.mark.parametrize("score", ["11", "-1", "9.5", "nine", "٩"])
async def test_a_score_off_the_scale_is_not_taken(lab: Any, score: str) -> None:
    invitation = await invited(lab, "nps")
    again = await post_page(lab, invitation["token"], score=score)

    assert again.status_code == 422
    assert (await lab.client.get("/v1/survey-responses")).json()["items"] == []


async def test_what_a_customer_writes_is_never_markup(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    await post_page(lab, invitation["token"], score="9", comment="</textarea><script>alert(1)</script>")
    page = await lab.client.get(f"/s/{invitation['token']}")

    assert "<script" not in page.text
    assert_accessible(page, "es")


async def test_within_the_window_the_page_shows_the_answer_and_takes_another(lab: Any) -> None:
    invitation = await invited(lab, "nps")
    await post_page(lab, invitation["token"], score="9", comment="Bien")
    page = await lab.client.get(f"/s/{invitation['token']}")
    changed = await post_page(lab, invitation["token"], score="4", comment="")
    (stored,) = (await lab.client.get("/v1/survey-responses")).json()["items"]

    assert (page.status_code, changed.status_code) == (200, 303)
    assert "Guardar cambios" in page.text
    assert (stored["score"], stored["comment"], stored["edits"]) == (4, None, 1)


async def test_a_used_link_is_gone_after_the_window(lab: Any) -> None:
    made = await answered(lab, 9)
    token = made["invitation"]["token"]
    csrf = CSRF.search((await lab.client.get(f"/s/{token}")).text)
    await lab.advance("P1D")
    assert csrf

    page = await lab.client.get(f"/s/{token}")
    late = await lab.client.post(f"/s/{token}", data={"csrf": csrf[1], "score": "1"})
    click = await lab.client.get(f"/r/{token}", params={"q": "score", "v": 1})

    assert (page.status_code, late.status_code, click.status_code) == (410, 409, 410)
    assert_accessible(page, "es")
    assert_guarded(page)


async def test_an_ended_link_shows_one_sentence(lab: Any) -> None:
    revoked, expired = await invited(lab, "nps"), await invited(lab, "nps")
    await lab.client.post(f"/v1/survey-invitations/{revoked['id']}/revoke")
    csrf = CSRF.search((await lab.client.get(f"/s/{expired['token']}")).text)
    await lab.advance("P30D")
    assert csrf

    for token in (revoked["token"], expired["token"]):
        page = await lab.client.get(f"/s/{token}")
        assert page.status_code == 410
        assert_accessible(page, "es")
    posted = await lab.client.post(f"/s/{expired['token']}", data={"csrf": csrf[1], "score": "9"})
    assert posted.status_code == 410


@pytest.mark.parametrize(("language", "lang"), [("es-ES,en;q=0.5", "es"), ("fr", "en")])
async def test_an_unknown_link_is_not_found_in_the_browsers_language(lab: Any, language: str, lang: str) -> None:
    for path in ("/s/" + "x" * 27, "/r/nothing", "/s/" + "x" * 300, "/s/x/thanks", "/r/x/more"):
        page = await lab.client.get(path, headers={"accept-language": language})
        assert page.status_code == 404
        assert_accessible(page, lang)
    assert (await lab.client.post("/s/unknown", data={"score": "9"})).status_code == 404


async def test_a_form_that_does_not_bring_back_its_word_is_refused(lab: Any) -> None:
    first, second = await invited(lab, "nps"), await invited(lab, "nps")
    other = CSRF.search((await lab.client.get(f"/s/{second['token']}")).text)
    assert other

    without = await lab.client.post(f"/s/{first['token']}", data={"score": "9"})
    foreign = await lab.client.post(f"/s/{first['token']}", data={"score": "9", "csrf": other[1]})

    assert (without.status_code, foreign.status_code) == (403, 403)
    assert (await lab.client.get("/v1/survey-responses")).json()["items"] == []


async def test_a_click_in_a_mail_only_picks_the_rating(lab: Any) -> None:
    found = await mailed(lab, "nps")
    await lab.advance("PT1H")
    page = await lab.client.get(f"/r/{found.token}", params={"q": "score", "v": 9})
    picked = [each for tag, each in read(page.text).tags if tag == "input" and "checked" in each]
    (intent,) = (await lab.client.get("/v1/survey-rating-intents")).json()["items"]
    (invitation,) = (await lab.client.get("/v1/survey-invitations")).json()["items"]

    assert (page.status_code, [each["value"] for each in picked]) == (200, ["9"])
    assert "Confirmar" in page.text
    assert_accessible(page, "es")
    assert_guarded(page)
    assert (intent["value"], intent["automated"]) == (9, False)
    assert invitation["status"] == "delivered"
    assert (await lab.client.get("/v1/survey-responses")).json()["items"] == []


async def test_a_click_just_after_delivery_is_a_machine(lab: Any) -> None:
    found = await mailed(lab, "nps")
    await lab.client.get(f"/r/{found.token}", params={"q": "score", "v": 9})

    assert [each["automated"] for each in (await lab.client.get("/v1/survey-rating-intents")).json()["items"]] == [True]


@pytest.mark.parametrize(
    "params", [{}, {"q": "score"}, {"q": "score", "v": "11"}, {"q": "other", "v": "9"}, {"q": "comment", "v": "9"}]
)
async def test_a_rating_link_without_a_proper_rating_notes_nothing(lab: Any, params: dict[str, str]) -> None:
    invitation = await invited(lab, "nps")
    page = await lab.client.get(f"/r/{invitation['token']}", params=params)

    assert page.status_code == 200
    assert (await lab.client.get("/v1/survey-rating-intents")).json()["items"] == []


async def test_whoever_follows_the_hidden_link_gives_all_its_clicks_away(lab: Any) -> None:
    found = await mailed(lab, "nps")
    await lab.advance("PT1H")
    await lab.client.get(f"/r/{found.token}", params={"q": "score", "v": 9})
    trap = await lab.client.get(f"/r/{found.token}/more")
    clicks = (await lab.client.get("/v1/survey-rating-intents", params={"automated": "true"})).json()["items"]

    assert trap.status_code == 200
    assert sorted((each["is_trap"], each["value"]) for each in clicks if not each["is_trap"]) == [(False, 9)]
    assert len(clicks) == 2


async def test_where_clicks_count_the_last_human_one_becomes_the_answer(lab: Any) -> None:
    await lab.client.post("/v1/surveys", json={"key": "fast", "kind": "nps", "one_click_mode": "intent_counts"})
    found = await mailed(lab, "fast")
    await lab.advance("PT1H")
    await lab.client.get(f"/r/{found.token}", params={"q": "score", "v": 3})
    await lab.advance("PT1M")
    first = (await lab.client.get("/v1/survey-responses")).json()["items"]
    await lab.client.get(f"/r/{found.token}", params={"q": "score", "v": 9})
    await lab.advance("PT1M")
    (stored,) = (await lab.client.get("/v1/survey-responses")).json()["items"]

    assert [(each["score"], each["source"]) for each in first] == [(3, "one_click")]
    assert (stored["score"], stored["edits"]) == (3, 0)


async def test_where_clicks_count_a_scanner_still_answers_nothing(lab: Any) -> None:
    await lab.client.post("/v1/surveys", json={"key": "fast", "kind": "nps", "one_click_mode": "intent_counts"})
    found = await mailed(lab, "fast")
    await lab.advance("PT1H")
    for value in range(11):
        await lab.client.get(f"/r/{found.token}", params={"q": "score", "v": value})
    await lab.advance("PT1H")

    assert (await lab.client.get("/v1/survey-responses")).json()["items"] == []


async def test_a_page_on_which_nothing_has_to_be_said_is_shown_again_when_nothing_was(lab: Any) -> None:
    definition = {"questions": [{"id": "words", "type": "text", "i18n": {"en": {"label": "Anything?"}}}]}
    made = await lab.client.post("/v1/surveys", json={"key": "free", "kind": "custom", "definition": definition})
    assert made.status_code == 201, made.text
    invitation = await invited(lab, "free", customer_id=await a_customer(lab, "en"))
    again = await post_page(lab, invitation["token"], words="")
    assert again.status_code == 422
    assert_accessible(again, "en")
