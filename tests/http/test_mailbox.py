"""The local mailbox as JSON and as pages."""

from messages_cast import a_template, an_order, rules, say


async def sent(lab):
    await rules(lab)
    order = await an_order(lab)
    await a_template(lab, locales={"en": {"subject": "Hi <b>", "text": "See https://luna.example"}})
    made = await say(lab, order.customer_id)
    await lab.settle()
    return made["id"]


async def test_a_mail_can_be_looked_at_in_a_browser(lab):
    message_id = await sent(lab)

    listed = await lab.client.get("/mailbox", headers={"Authorization": ""})
    one = await lab.client.get(f"/mailbox/{message_id}")
    page = await lab.client.get(f"/mailbox/{message_id}/html")

    assert message_id in listed.text
    assert "Hi &lt;b&gt;" in one.text
    assert "List-Unsubscribe" in one.text
    assert 'href="https://luna.example"' in page.text
    assert page.headers["content-security-policy"].startswith("sandbox;")


async def test_a_mail_that_is_not_there(lab):
    assert (await lab.client.get("/mailbox/msg_nothing")).status_code == 404
    assert (await lab.client.get("/mailbox/..%2Fsecrets")).status_code == 404


async def test_where_mail_really_leaves_there_is_no_mailbox(lab):
    settings = lab.app.state.settings
    lab.app.state.settings = settings.model_copy(update={"mail_sender": "smtp"})
    try:
        answers = [await lab.client.get(path) for path in ("/mailbox", "/v1/mailbox", "/mailbox/msg_1")]
    finally:
        lab.app.state.settings = settings

    assert [each.status_code for each in answers] == [404, 404, 404]


async def test_a_published_service_shows_no_mail_without_a_key(lab):
    message_id = await sent(lab)
    settings = lab.app.state.settings
    lab.app.state.settings = settings.model_copy(update={"base_url": "https://luna.example"})
    try:
        pages = [
            await lab.client.get(path) for path in ("/mailbox", f"/mailbox/{message_id}", f"/mailbox/{message_id}/html")
        ]
        own = await lab.client.get("/v1/mailbox")
    finally:
        lab.app.state.settings = settings

    assert [each.status_code for each in pages] == [404, 404, 404]
    assert [each["id"] for each in own.json()["items"]] == [message_id]
