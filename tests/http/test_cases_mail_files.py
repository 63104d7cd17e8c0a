"""Mail with files, and mail that machines wrote."""

import re

from cases_cast import a_case, done, fetched
from mail_cast import a_mail, delivered


async def a_sent_answer(lab):
    """A mail of Ada, and our answer to it that has left; with its Message-ID."""
    case = (await delivered(lab, a_mail()))["case"]
    await done(lab, case, "reply", body="¿Qué modelo?", status="pending")
    await lab.settle()
    answer = (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"][-1]
    return case, answer["external_id"]


async def test_a_file_in_a_mail_can_be_fetched_from_its_case(lab):
    found = await delivered(lab, a_mail(files=[("foto.jpg", "image/jpeg", b"\xff\xd8 light")]))

    (shown,) = found["message"]["attachments"]
    content = await lab.client.get(shown["url"])
    listed = await fetched(lab, f"/v1/cases/{found['case']['id']}/attachments")

    assert (shown["name"], shown["media_type"], shown["size_bytes"]) == ("foto.jpg", "image/jpeg", 8)
    assert content.content == b"\xff\xd8 light"
    assert content.headers["content-disposition"] == 'attachment; filename="foto.jpg"'
    assert [each["id"] for each in listed["items"]] == [shown["id"]]


async def test_a_file_follows_its_case_into_another_and_back(lab):
    source = (await delivered(lab, a_mail(files=[("a.txt", "text/plain", b"a")])))["case"]
    survivor = await a_case(lab)

    await done(lab, source, "merge", into_id=survivor["id"])
    merged = await fetched(lab, f"/v1/cases/{survivor['id']}/attachments")
    await done(lab, source, "unmerge")
    after = await fetched(lab, f"/v1/cases/{survivor['id']}/attachments")

    assert [each["origin_case_id"] for each in merged["items"]] == [source["id"]]
    assert after["items"] == []


async def test_an_uploaded_file_is_named_by_a_message(lab):
    case = await a_case(lab)
    up = await lab.client.post(
        "/v1/attachments", content=b"%PDF", params={"name": "guía.pdf"}, headers={"Content-Type": "application/pdf"}
    )
    assert up.status_code == 201, up.text

    said = await done(lab, case, "reply", body="Aquí está", attachments=[{"attachment_id": up.json()["id"]}])

    (shown,) = said["message"]["attachments"]
    assert (shown["name"], shown["media_type"]) == ("guía.pdf", "application/pdf")
    assert (await fetched(lab, f"/v1/attachments/{shown['id']}"))["case_id"] == case["id"]


async def test_a_file_of_one_case_cannot_be_named_by_another(lab):
    case, other = await a_case(lab), await a_case(lab)
    up = (await lab.client.post("/v1/attachments", content=b"x", params={"name": "x"})).json()
    await done(lab, case, "reply", body="See", attachments=[{"attachment_id": up["id"]}])

    refused = await lab.client.post(
        f"/v1/cases/{other['id']}/reply", json={"body": "See", "attachments": [{"attachment_id": up["id"]}]}
    )

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/body/attachments/0/attachment_id"


async def test_an_empty_upload_is_refused(lab):
    answer = await lab.client.post("/v1/attachments", content=b"", params={"name": "x"})

    assert (answer.status_code, answer.json()["code"]) == (422, "empty_file")


async def test_a_photograph_larger_than_other_bodies_may_be_is_taken(lab):
    answer = await lab.client.post("/v1/attachments", content=b"x" * 1_500_000, params={"name": "big.jpg"})

    assert answer.status_code == 201
    assert answer.json()["size_bytes"] == 1_500_000


async def test_the_files_of_a_redacted_message_are_gone(lab):
    found = await delivered(lab, a_mail(files=[("a.txt", "text/plain", b"a")]))
    (shown,) = found["message"]["attachments"]

    await lab.client.post(f"/v1/cases/{found['case']['id']}/messages/{found['message']['id']}/redact")

    assert (await lab.client.get(shown["url"])).status_code == 404


async def test_quotation_and_signature_are_cut_and_kept_apart(lab):
    raw = a_mail("Es el X200\n\nEl 1 jun 2027, a las 9:00, Luna escribió:\n> ¿Qué modelo?\n")

    message = (await delivered(lab, raw))["message"]

    assert message["body"] == "Es el X200"
    assert message["quoted_text"].startswith("El 1 jun 2027")


async def test_an_answer_to_our_own_mail_finds_its_case_by_header_alone(lab):
    case, mail_id = await a_sent_answer(lab)

    found = await delivered(lab, a_mail("X200", "<p2@example.com>", Subject="otra cosa", In_Reply_To=f"<{mail_id}>"))

    assert (found["case"]["id"], found["threaded_by"], found["case"]["status"]) == (case["id"], "references", "open")


async def test_a_vacation_note_opens_no_case(lab):
    found = await delivered(lab, a_mail("Estoy fuera", Auto_Submitted="auto-replied"))

    assert (found["status"], found["machine"], found["case"]) == ("ignored", "auto_reply", None)
    assert (await fetched(lab, "/v1/cases"))["items"] == []


async def test_a_vacation_note_to_an_answer_is_kept_and_wakes_nobody(lab):
    case, mail_id = await a_sent_answer(lab)

    found = await delivered(
        lab, a_mail("Estoy fuera", "<v@example.com>", In_Reply_To=f"<{mail_id}>", Auto_Submitted="auto-replied")
    )

    assert (found["message"]["kind"], found["case"]["status"]) == ("system", "pending")
    assert found["case"]["id"] == case["id"]


def a_bounce(mail_id, action="failed", status="5.1.1"):
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: support@luna.example\r\nSubject: Undelivered Mail\r\n"
        "Message-ID: <dsn@mx.example>\r\nReturn-Path: <>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: text/plain\r\n\r\nNobody of that name here.\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; ada@example.com\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
        f"--B\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{mail_id}>\r\nSubject: Re\r\n--B--\r\n"
    ).encode()


async def test_an_answer_that_came_back_is_marked_and_the_case_is_ours_again(lab):
    case, mail_id = await a_sent_answer(lab)

    found = await delivered(lab, a_bounce(mail_id))

    messages = (await fetched(lab, f"/v1/cases/{case['id']}/messages"))["items"]
    assert (found["machine"], found["case"]["status"], found["case"]["status_reason"]) == ("bounce", "open", "bounced")
    assert [each["delivery_status"] for each in messages if each["kind"] == "public_reply"] == ["bounced"]


async def test_an_answer_that_is_only_late_waits_on(lab):
    case, mail_id = await a_sent_answer(lab)

    await delivered(lab, a_bounce(mail_id, action="delayed", status="4.4.1"))

    assert (await fetched(lab, f"/v1/cases/{case['id']}"))["status"] == "pending"


async def test_a_bounce_of_a_mail_we_do_not_know_opens_no_case(lab):
    found = await delivered(lab, a_bounce("other@mx.example"))

    assert (found["status"], found["machine"]) == ("ignored", "bounce")


async def test_our_own_mail_that_comes_round_is_not_taken_for_a_customers(lab):
    case, mail_id = await a_sent_answer(lab)

    found = await delivered(lab, a_mail("¿Qué modelo?", f"<{mail_id}>", From="Luna <shop@luna.example>"))

    assert (found["status"], found["machine"], found["case"]["status"]) == ("duplicate", "loop", "pending")
    assert found["case"]["id"] == case["id"]


async def test_a_mail_from_the_shops_own_mailbox_is_a_loop(lab):
    etag = (await lab.client.get("/v1/shop")).headers["etag"]
    await lab.client.patch("/v1/shop", json={"support_email": "hola@luna.example"}, headers={"If-Match": etag})

    found = await delivered(lab, a_mail(From="Luna <hola@luna.example>"))

    assert (found["status"], found["machine"]) == ("ignored", "loop")


async def test_somebody_in_copy_of_an_answer_takes_part(lab):
    case, mail_id = await a_sent_answer(lab)

    await delivered(lab, a_mail("X200", "<p3@example.com>", In_Reply_To=f"<{mail_id}>", Cc="Bo <bo@example.com>"))

    found = await fetched(lab, f"/v1/cases/{case['id']}/participants")
    assert ("cc", "bo@example.com") in [(each["role"], each["email"]) for each in found["items"]]


async def a_mailed_file(lab):
    """The link in our mail to Ada, whose answer brought a file."""
    case = (await delivered(lab, a_mail()))["case"]
    up = (await lab.client.post("/v1/attachments", content=b"%PDF", params={"name": "guia.pdf"})).json()
    await done(lab, case, "reply", body="Aquí está", attachments=[{"attachment_id": up["id"]}])
    await lab.settle()
    text = (await lab.mails())[-1]["text"]
    return re.search(r"guia\.pdf: \S+(/v1/public/attachments/\S+)", text).group(1)


async def test_a_file_of_an_answer_is_fetched_by_the_link_in_its_mail(lab):
    path = await a_mailed_file(lab)

    answer = await lab.client.get(path, headers={"Authorization": ""})

    assert (answer.status_code, answer.content) == (200, b"%PDF")
    assert answer.headers["content-disposition"] == 'attachment; filename="guia.pdf"'


async def test_a_link_to_a_file_ends_after_ninety_days(lab):
    path = await a_mailed_file(lab)
    await lab.advance("P91D")

    answer = await lab.client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (410, "link_over")


async def test_a_link_that_was_tampered_with_leads_nowhere(lab):
    path = await a_mailed_file(lab)
    wrong = path[:-6] + ("A" if path[-6] != "A" else "B") + path[-5:]

    assert (await lab.client.get(wrong)).status_code == 404
    assert (await lab.client.get("/v1/public/attachments/nothing")).status_code == 404
