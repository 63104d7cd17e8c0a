"""Templates over HTTP: written, checked, previewed, published, put away."""

import pytest

from aftersales_api.kit import ids
from messages_cast import CONTENT, a_template, an_order, message, rules, say

MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>{% for line in order.lines %}{{ line.title }}{% endfor %}</mj-text>"
    '<mj-button href="{{ shop.website }}">Go</mj-button></mj-column></mj-section></mj-body></mjml>'
)


async def create(lab, **more):
    return await lab.client.post(
        "/v1/templates", json={"key": "mine", "name": "Mine", "class": "service", "locales": CONTENT, **more}
    )


async def publish(lab, template, **body):
    return await lab.client.post(f"/v1/templates/{template['id']}/publish", json=body)


def said(answer):
    return [(each["pointer"], each["code"]) for each in answer.json()["errors"]]


async def test_a_new_shop_has_every_starter_template_published(lab):
    answer = await lab.client.get("/v1/templates", params={"limit": 100, "status": "published"})

    assert {each["key"] for each in answer.json()["items"]} == {
        "order_confirmation", "order_shipped", "order_cancelled", "delivery_problem", "change_request_answer", "case_opened",
        "case_reply", "case_resolved", "case_checkback", "low_score_team_notice", "team_notice", "usage_tips", "nps_survey", "csat_survey",
        "ces_survey", "case_notice",
        "review_request", "reminder", "withdrawal_acknowledgement",
        "return_requested", "return_approved", "return_declined", "return_update", "return_reminder", "refund_update",
        "exchange_update", "claim_update", "repair_update", "appointment_update", "warranty_update", "store_credit_issued",
    }  # fmt: skip


async def test_a_template_is_a_draft_until_it_is_published(lab):
    made = await create(lab)
    assert (made.status_code, made.json()["status"], made.json()["current_number"]) == (201, "draft", None)
    assert made.headers["location"] == f"/v1/templates/{made.json()['id']}"

    live = await publish(lab, made.json())

    assert (live.json()["status"], live.json()["current_number"]) == ("published", 1)


async def test_nothing_is_sent_from_a_draft(lab):
    order = await an_order(lab)
    await create(lab)

    answer = await lab.client.post(
        "/v1/messages", json={"template": "mine", "customer_id": ids.show("cus", order.customer_id)}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "template_not_published")


async def test_two_templates_never_share_a_key(lab):
    await create(lab)

    again = await create(lab)

    assert (again.status_code, again.json()["code"]) == (409, "template_key_taken")


async def test_sources_that_cannot_be_read_are_refused_when_saved_each_with_its_place(lab):
    answer = await create(lab, locales={"en": {"subject": "{{ x", "mjml": "<p>"}, "es": {"text": "{% if %}"}})

    assert (answer.status_code, answer.json()["code"]) == (422, "template_invalid")
    assert said(answer) == [
        ("/body/locales/en/subject", "syntax_error"),
        ("/body/locales/en/mjml", "not_mjml"),
        ("/body/locales/es/subject", "missing"),
        ("/body/locales/es/text", "syntax_error"),
    ]


async def test_an_unknown_name_refuses_publication_with_its_place(lab):
    made = await create(
        lab, locales={"en": {"subject": "{{ order.numbr }}", "text": "{{ custmer.name }} {{ order.number }}"}}
    )

    answer = await publish(lab, made.json())

    assert answer.status_code == 422
    assert said(answer) == [
        ("/body/locales/en/subject", "unknown_variable"),
        ("/body/locales/en/text", "unknown_variable"),
    ]
    assert "order.numbr" in answer.json()["errors"][0]["detail"]


async def test_a_kind_decides_which_names_exist(lab):
    made = await create(lab, kind="order_cancelled", locales={"en": {"subject": "x", "text": "{{ survey.url }}"}})

    assert (await publish(lab, made.json())).status_code == 422


async def test_a_template_needs_the_shops_first_language_or_english(lab):
    made = await create(lab, locales={"fr": CONTENT["en"]})

    assert said(await publish(lab, made.json())) == [("/body/locales", "no_fallback_locale")]


async def test_a_message_keeps_the_version_it_was_made_of(lab):
    await rules(lab)
    order = await an_order(lab)
    template = await a_template(lab)
    first = await say(lab, order.customer_id)
    await lab.settle()
    await lab.client.post(
        f"/v1/templates/{template['id']}/versions", json={"locales": {"en": {"subject": "New", "text": "New words"}}}
    )
    unpublished = await say(lab, order.customer_id)
    await lab.settle()
    await publish(lab, template)
    second = await say(lab, order.customer_id)
    await lab.settle()

    found = [(await message(lab, each["id"])) for each in (first, unpublished, second)]
    assert [each["template_version_number"] for each in found] == [1, 1, 2]
    assert [each["text"] for each in found] == ["Dear Ada Vega, all is well.\n"] * 2 + ["New words"]


async def test_versions_are_listed_and_read_with_their_sources(lab):
    template = await a_template(lab)
    path = f"/v1/templates/{template['id']}/versions"
    await lab.client.post(path, json={"locales": {"en": {"subject": "Two", "text": "2"}}})

    listed = await lab.client.get(path)
    one = await lab.client.get(f"{path}/1")

    assert [each["number"] for each in listed.json()["items"]] == [2, 1]
    assert one.json()["locales"]["en"]["subject"] == CONTENT["en"]["subject"]
    assert (await lab.client.get(f"{path}/3")).status_code == 404


async def test_a_preview_with_the_sample_shows_page_text_and_problems(lab):
    made = await create(
        lab, kind="order_confirmation", locales={"en": {"subject": "Order {{ order.number }} {{ nope }}", "mjml": MJML}}
    )
    path = f"/v1/templates/{made.json()['id']}/preview"

    answer = await lab.client.post(
        path, json={"locales": {"en": {"subject": "Order {{ order.number }}", "mjml": MJML}}}
    )

    shown = answer.json()
    assert (shown["subject"], shown["locale"], shown["problems"]) == ("Order 1001", "en", [])
    assert "Reading lamp" in shown["text"]
    assert "<!doctype html>" in shown["html"].lower()


async def test_a_preview_with_a_real_order_shows_its_lines(lab):
    order = await an_order(lab, "A-77")
    found = await lab.client.get("/v1/templates", params={"key": "order_confirmation"})

    answer = await lab.client.post(
        f"/v1/templates/{found.json()['items'][0]['id']}/preview", json={"order_id": ids.show("ord", order.id)}
    )

    shown = answer.json()
    assert answer.status_code == 200, answer.text
    assert (shown["locale"], "A-77" in shown["subject"]) == ("es", True)
    assert "Lámpara &lt;roja&gt;" in shown["html"]


async def test_a_preview_of_somebody_elses_order_is_malformed(lab):
    order = await an_order(lab)
    mallory = await lab.other()
    found = await mallory.client.get("/v1/templates", params={"key": "order_confirmation"})

    answer = await mallory.client.post(
        f"/v1/templates/{found.json()['items'][0]['id']}/preview", json={"order_id": ids.show("ord", order.id)}
    )

    assert said(answer) == [("/body/order_id", "unknown_order")]


async def test_a_preview_that_cannot_be_filled_in_says_why(lab):
    made = await create(lab)

    answer = await lab.client.post(
        f"/v1/templates/{made.json()['id']}/preview", json={"locales": {"en": {"subject": "s", "text": "{{ nope }}"}}}
    )

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_variable")


async def test_what_templates_may_use_is_listed(lab):
    answer = await lab.client.get("/v1/template-kinds")

    shapes = {each["kind"]: {name["path"] for name in each["variables"]} for each in answer.json()["items"]}
    assert "order.lines[].title" in shapes["order_confirmation"]
    assert "survey.url" in shapes["nps_survey"]


async def test_an_archived_template_sends_nothing_until_it_is_published_again(lab):
    order = await an_order(lab)
    template = await a_template(lab)
    gone = await lab.client.delete(f"/v1/templates/{template['id']}")
    refused = await lab.client.post(
        "/v1/messages", json={"template": "note", "customer_id": ids.show("cus", order.customer_id)}
    )
    await publish(lab, template)
    again = await say(lab, order.customer_id)

    assert gone.status_code == 204
    assert (refused.status_code, refused.json()["code"]) == (409, "template_archived")
    assert again["id"]


async def test_a_stale_change_is_refused(lab):
    template = await a_template(lab)
    path = f"/v1/templates/{template['id']}"
    seen = (await lab.client.get(path)).headers["etag"]

    first = await lab.client.patch(path, json={"name": "A"}, headers={"If-Match": seen})
    second = await lab.client.patch(path, json={"name": "B"}, headers={"If-Match": seen})

    assert (first.json()["name"], second.status_code) == ("A", 412)


@pytest.mark.parametrize("verb", ["get", "delete"])
async def test_another_shops_template_is_not_there(lab, verb):
    template = await a_template(lab)
    mallory = await lab.other()

    answer = await getattr(mallory.client, verb)(f"/v1/templates/{template['id']}")

    assert answer.status_code == 404


async def test_a_hole_in_one_language_is_filled_by_the_next(lab):
    await rules(lab)
    order = await an_order(lab)
    locales = {"es": {"subject": "Hola", "text": "{{ case.number }}"}, "en": {"subject": "Hello", "text": "Hi"}}
    await a_template(lab, locales=locales)
    made = await say(lab, order.customer_id)
    await lab.settle()

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["locale"], shown["text"]) == ("delivered", "en", "Hi")


async def test_a_message_that_cannot_be_filled_in_is_held_as_failed(lab):
    await rules(lab)
    order = await an_order(lab)
    await a_template(lab, locales={"en": {"subject": "Hello", "text": "{{ case.number }}"}})
    made = await say(lab, order.customer_id)
    await lab.settle()

    shown = await message(lab, made["id"])
    assert (shown["status"], shown["reason"], shown["next"]) == ("failed", "unknown_variable", ["resend"])


async def test_a_held_message_can_be_sent_once_its_template_is_mended(lab):
    await rules(lab)
    order = await an_order(lab)
    template = await a_template(lab, locales={"en": {"subject": "Hello", "text": "{{ case.number }}"}})
    made = await say(lab, order.customer_id)
    await lab.settle()
    await lab.client.post(
        f"/v1/templates/{template['id']}/versions", json={"locales": {"en": {"subject": "S", "text": "Mended"}}}
    )
    await publish(lab, template)

    copy = await lab.client.post(f"/v1/messages/{made['id']}/resend")
    await lab.settle()

    assert (await message(lab, copy.json()["id"]))["text"] == "Mended"
