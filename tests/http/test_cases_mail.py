"""Mail that a gateway hands in: threaded, taken in once, never trusted. And answers that leave by mail."""

import asyncio
import time

import pytest

from cases_cast import a_case, again, an_order, done, fetched, resolved


def a_mail(
    subject="My lamp", body="It is dead", message_id="<m1@example.com>", sender="Ada <ada@example.com>", **headers
):
    lines = {
        "From": sender,
        "To": "support@luna.example",
        "Subject": subject,
        "Message-ID": message_id,
        "Date": "Mon, 01 Jun 2026 09:00:00 +0200",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"{head}\r\n{body}\r\n".encode()


async def deliver(lab, raw, **query):
    return await lab.client.post(
        "/v1/cases/mails", content=raw, params=query, headers={"Content-Type": "message/rfc822"}
    )


async def delivered(lab, raw, **query):
    answer = await deliver(lab, raw, **query)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_mail_opens_a_case_of_its_customer(lab):
    found = await delivered(lab, a_mail())

    assert (found["case"]["subject"], found["case"]["channel_origin"]) == ("My lamp", "email")
    assert (found["message"]["body"], found["message"]["external_id"]) == ("It is dead", "m1@example.com")
    assert found["case"]["customer_id"] is not None
    assert found["threaded_by"] == "none"


async def test_the_same_mail_is_taken_in_once(lab):
    first = await delivered(lab, a_mail())

    again_ = await delivered(lab, a_mail())

    assert (again_["is_new"], again_["case"]["id"]) == (False, first["case"]["id"])


async def test_an_answer_is_threaded_by_the_mails_it_names(lab):
    first = await delivered(lab, a_mail())

    second = await delivered(
        lab,
        a_mail("Re: My lamp", "Still dead", "<m2@example.com>", References="<other@x> <m1@example.com>"),
    )

    assert (second["case"]["id"], second["threaded_by"]) == (first["case"]["id"], "references")


async def test_an_answer_is_threaded_by_the_token_in_its_subject(lab):
    case = await a_case(lab, channel_origin="email")

    found = await delivered(lab, a_mail(f"Re: It does not start [#{case['reply_token']}]"))

    assert (found["case"]["id"], found["threaded_by"]) == (case["id"], "token")


async def test_an_answer_is_threaded_by_the_token_in_its_address(lab):
    case = await a_case(lab, channel_origin="email")

    found = await delivered(lab, a_mail(To=f"support+{case['reply_token']}@luna.example"))

    assert found["case"]["id"] == case["id"]


async def test_a_token_of_another_shop_leads_nowhere(lab):
    other = await lab.other()
    foreign = await a_case(other)

    assert (await delivered(lab, a_mail(f"[#{foreign['reply_token']}]")))["threaded_by"] == "none"


async def test_a_mail_wakes_a_waiting_case(lab):
    first = await delivered(lab, a_mail())
    await done(lab, first["case"], "reply", body="Which one?", status="pending")

    await delivered(lab, a_mail("Re: My lamp", "The blue one", "<m2@x>", In_Reply_To="<m1@example.com>"))

    assert (await again(lab, first["case"]))["status"] == "open"


async def test_a_vacation_note_wakes_nobody(lab):
    first = await delivered(lab, a_mail())
    await done(lab, first["case"], "reply", body="Which one?", status="pending")

    note = a_mail("Out of office", "I am away", "<m2@x>", In_Reply_To="<m1@example.com>", Auto_Submitted="auto-replied")
    found = await delivered(lab, note)

    assert (found["message"]["kind"], (await again(lab, first["case"]))["status"]) == ("system", "pending")


async def test_a_thanks_wakes_nobody_where_the_shop_wants_it(lab):
    tag = (await lab.client.get("/v1/case-settings")).headers["etag"]
    await lab.client.patch("/v1/case-settings", json={"keeps_thanks_resolved": True}, headers={"If-Match": tag})
    first = await delivered(lab, a_mail())
    await resolved(lab, first["case"])

    body = "Muchas gracias!\n\nEl lun, 1 jun 2026 a las 9:00, Luna escribió:\n> We sent a new one"
    found = await delivered(lab, a_mail("Re: My lamp", body, "<m2@x>", In_Reply_To="<m1@example.com>"))

    assert (found["message"]["is_thanks"], (await again(lab, first["case"]))["status"]) == (True, "resolved")


async def test_a_workshop_is_not_the_customer(lab):
    first = await delivered(lab, a_mail())
    await done(lab, first["case"], "participants", role="third_party", email="shop@repair.example")
    await done(lab, first["case"], "hold", reason="at the workshop")

    found = await delivered(
        lab,
        a_mail("Re", "It is repaired", "<m2@x>", "shop@repair.example", In_Reply_To="<m1@example.com>"),
    )

    now = await again(lab, first["case"])
    assert found["message"]["participant_role"] == "third_party"
    assert (now["status"], now["status_reason"]) == ("open", "third_party_message")


async def test_html_of_strangers_is_cleaned(lab):
    raw = (
        b"From: ada@example.com\r\nSubject: Hi\r\nMessage-ID: <h@x>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        b"<p onclick=x()>Dead <script>alert(1)</script><img src=x onerror=y> "
        b"<a href='javascript:z()'>a</a><a href='https://ok.example'>b</a></p>"
    )

    message = (await delivered(lab, raw))["message"]

    assert message["body_html"] == (
        '<p>Dead  <a>a</a><a href="https://ok.example" rel="noopener noreferrer nofollow">b</a></p>'
    )
    assert message["body"] == "Dead ab"


@pytest.mark.parametrize("raw", [b"", b"\x00\xff\xfe", b"no header at all", b"Subject: nobody\r\n\r\nHello"])
async def test_what_is_no_mail_is_refused(lab, raw):
    answer = await deliver(lab, raw)

    assert (answer.status_code, answer.json()["code"]) == (422, "mail_unreadable")


async def test_people_in_copy_take_part(lab):
    found = await delivered(lab, a_mail(Cc="Eva <eva@example.com>"))

    people = (await fetched(lab, f"/v1/cases/{found['case']['id']}/participants"))["items"]

    assert {(each["role"], each["email"]) for each in people} == {("requester", None), ("cc", "eva@example.com")}


async def test_an_answer_leaves_by_mail_with_the_token(lab):
    first = await delivered(lab, a_mail())

    sent = await done(lab, first["case"], "reply", body="We send a new one.")
    await lab.settle()

    (mail,) = await lab.mails()
    assert first["case"]["reply_token"] in mail["subject"]
    assert sent["message"]["delivery_status"] == "queued"
    items = (await fetched(lab, f"/v1/cases/{first['case']['id']}/messages"))["items"]
    assert items[-1]["delivery_status"] == "delivered"


async def test_an_answer_that_another_tool_sent_does_not_leave_again(lab):
    first = await delivered(lab, a_mail())

    await done(lab, first["case"], "reply", body="Sent by the help desk", external_id="hd-1")
    await lab.settle()

    assert await lab.mails() == []


async def test_an_acknowledgement_answers_nobody(lab):
    tag = (await lab.client.get("/v1/case-settings")).headers["etag"]
    await lab.client.patch("/v1/case-settings", json={"acknowledges": True}, headers={"If-Match": tag})

    first = await delivered(lab, a_mail())

    answer = await lab.client.post(f"/v1/cases/{first['case']['id']}/pend")
    assert answer.json()["code"] == "reply_required"
    await lab.settle()
    assert len(await lab.mails()) == 1


async def test_the_words_of_a_forgotten_customer_are_blotted_out(lab):
    first = await delivered(lab, a_mail())
    customer = first["case"]["customer_id"]

    answer = await lab.client.post(f"/v1/customers/{customer}/redact")
    assert answer.status_code == 200, answer.text
    await lab.settle()

    now = await again(lab, first["case"])
    items = (await fetched(lab, f"/v1/cases/{first['case']['id']}/messages"))["items"]
    assert (now["subject"], [each["body"] for each in items]) == ("(redacted)", [""])
    assert now["first_contact_at"] == first["case"]["first_contact_at"]


async def test_an_order_is_not_taken_from_a_mail_on_trust(lab):
    await an_order(lab, "1001")

    assert (await delivered(lab, a_mail("Order 1001")))["case"]["order_id"] is None


async def held_up(work):
    """The part of its time in which a piece of work lets nothing else be done, at its longest stretch."""
    longest, over = 0.0, asyncio.Event()

    async def watch():
        nonlocal longest
        while not over.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - began)

    watching = asyncio.create_task(watch())
    began = time.perf_counter()
    await work
    took = time.perf_counter() - began
    over.set()
    await watching
    return longest / took


async def test_while_a_long_mail_is_read_others_are_answered(lab):
    words = {"body": "<div>" * 3_000_000, "Content_Type": "text/html"}
    parts = [await held_up(delivered(lab, a_mail(message_id=f"<{mail}@example.com>", **words))) for mail in range(3)]
    assert min(parts) < 0.5, "whatever else holds this machine up at times"


async def test_a_mail_of_more_parts_than_anybody_means_is_no_mail(lab):
    answer = await deliver(lab, a_mail(body="--b\r\n\r\nhi\r\n" * 1_000, Content_Type="multipart/mixed; boundary=b"))
    assert (answer.status_code, answer.json()["code"]) == (422, "mail_unreadable")
