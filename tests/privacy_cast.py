"""A person who leaves a mark at every door of the service; `privacy_marks` looks for what is left of them.

Each mark begins with NEEDLE, so that one look finds them all, and ends with the name of the door it went in by.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from privacy_marks import NEEDLE, PHONE
from returns_story import a_line, eur, key, line_id
from senders import connect, deliver, shopify

EMAIL = f"{NEEDLE}.email@canary.example"


@dataclass
class Person:
    """What she left where: `marks` by door."""

    lab: Any
    marks: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def mark(self, door: str) -> str:
        self.marks[door] = NEEDLE + door
        return self.marks[door]

    async def send(self, method: str, path: str, expect: tuple[int, ...] = (200, 201, 202), **body: Any) -> Any:
        answer = await self.lab.client.request(method, path, json=body, headers=key() if method == "POST" else {})
        assert answer.status_code in expect, f"{path}: {answer.text}"
        return answer.json() if answer.content else None

    async def post(self, path: str, **body: Any) -> Any:
        return await self.send("POST", path, **body)


def address(person: Person, door: str) -> dict[str, str]:
    """Where she lives; country and region may be kept."""
    return {
        "name": person.mark(f"{door}name"),
        "line1": person.mark(f"{door}street"),
        "city": person.mark(f"{door}city"),
        "region": "Madrid",
        "postal_code": "28013",
        "country": "ES",
        "phone": PHONE,
    }


async def she_orders(person: Person) -> None:
    """An order over REST that says all there is to say, delivered yesterday."""
    now = await person.lab.now()
    order = await person.post(
        "/v1/orders",
        external_id=f"o-{uuid4().hex[:8]}",
        number="#7001",
        email=EMAIL,
        phone=PHONE,
        customer={
            "external_id": person.mark("customerid"),
            "email": EMAIL,
            "phone": PHONE,
            "first_name": person.mark("firstname"),
            "last_name": person.mark("lastname"),
        },
        currency="EUR",
        lines=[a_line("59.90", 2)],
        total=eur("119.80"),
        financial_status="paid",
        fulfilment_status="fulfilled",
        shipping_address=address(person, "ship"),
        order_status_url=f"https://luna.example/{person.mark('statusurl')}",
        tags=[person.mark("ordertag")],
        payments=[{"external_id": "pay1", "method": "card", "amount": eur("119.80")}],
        shipments=[
            {
                "external_id": "P1",
                "carrier": "Correos",
                "tracking_numbers": ["PK7001"],
                "tracking_urls": [f"https://track.example/{person.mark('trackurl')}"],
                "shipped_at": now.isoformat(),
                "lines": [{"order_line_external_id": "L1", "quantity": 2}],
                "events": [
                    {
                        "status": "delivered",
                        "occurred_at": now.isoformat(),
                        "message": person.mark("scanmessage"),
                        "city": person.mark("scancity"),
                    }
                ],
            }
        ],
    )
    order = (await person.lab.client.get(f"/v1/orders/{order['id']}")).json()
    person.ids |= {"order": order["id"], "customer": order["customer"]["id"], "line": line_id(order)}
    await person.send(
        "PATCH",
        f"/v1/customers/{person.ids['customer']}",
        tags=[person.mark("customertag")],
        attributes={"note": person.mark("attribute")},
    )
    await person.post(
        f"/v1/orders/{order['id']}/refunds",
        external_id="r1",
        amount=eur("1.00"),
        reason=person.mark("refundreason"),
        note=person.mark("refundnote"),
    )
    await she_changes_her_mind(person)


async def she_changes_her_mind(person: Person) -> None:
    """Another order, not yet sent, is to go elsewhere."""
    order = await person.post(
        "/v1/orders",
        external_id=f"o-{uuid4().hex[:8]}",
        email=EMAIL,
        currency="EUR",
        lines=[a_line("5.00")],
        total=eur("5.00"),
        financial_status="paid",
    )
    await person.post(
        f"/v1/orders/{order['id']}/change-requests",
        kind="change_address",
        reason=person.mark("changereason"),
        address=address(person, "change"),
    )


async def she_buys_at_shopify(person: Person) -> None:
    """The same person at a platform: raw payloads, a dispute, and one nobody understands."""
    connection = await connect(person.lab, "shopify")
    order = {
        "id": 7700,
        "name": "#S7700",
        "email": EMAIL,
        "created_at": "2026-05-01T10:00:00+02:00",
        "updated_at": "2026-05-01T10:00:00+02:00",
        "currency": "EUR",
        "total_price": "10.00",
        "note": person.mark("platformnote"),
        "customer": {"id": 7701, "email": EMAIL, "first_name": person.mark("platformname")},
        "shipping_address": {"address1": person.mark("platformstreet"), "country_code": "ES"},
        "line_items": [{"id": 1, "title": "Lamp", "quantity": 1, "price": "10.00"}],
    }
    person.ids["connection"] = connection["id"]
    person.ids["inbound"] = connection["url"]
    answer = await deliver(person.lab, connection, shopify("orders/create", order))
    assert answer.json()["status"] == "accepted"
    odd = {"id": 7700, "customer": {"email": EMAIL}, "remark": person.mark("oddpayload")}
    await deliver(person.lab, connection, shopify("orders/updated", odd))
    await person.lab.settle()


async def she_writes(person: Person) -> None:
    """Cases: opened by an agent for her, by mail with a file, answered, noted, visited."""
    case = await person.post(
        "/v1/cases",
        subject=person.mark("casesubject"),
        description=person.mark("casetext"),
        customer_id=person.ids["customer"],
        order_id=person.ids["order"],
        tags=["vip", f"vip-{EMAIL.upper()}", f"calls from {PHONE}"],
        dedupe_key=f"first-mail-of-{EMAIL}",
    )
    person.ids["case"] = case["id"]
    path = f"/v1/cases/{case['id']}"
    file = {"name": f"{person.mark('file')}.jpg", "media_type": "image/jpeg", "url": "https://files.example/1"}
    await person.post(
        f"{path}/messages", body=person.mark("casemessage"), author_name=person.mark("author"), attachments=[file]
    )
    await person.post(f"{path}/notes", body=person.mark("casenote"))
    await person.post(f"{path}/reply", body=f"Dear {person.mark('reply')}", channel="email")
    await person.post(f"{path}/participants", role="cc", name=person.mark("ccname"), email=EMAIL, phone=PHONE)
    await person.post(f"{path}/time-entries", minutes=5, note=person.mark("timenote"))
    await person.post(f"{path}/cost-entries", kind="other", amount=eur("3.00"), note=person.mark("costnote"))
    await person.post(f"{path}/hold", reason=person.mark("holdreason"))
    await they_speak_of_her(person, case["id"])
    await she_is_visited(person, case["id"])
    mail = (
        f"From: {person.mark('mailname')} <{EMAIL}>\r\nTo: support@luna.example\r\nSubject: {person.mark('mailsubject')}\r\n"
        f"Message-ID: <{person.mark('mailid')}@canary.example>\r\nDate: Mon, 01 Jun 2026 09:00:00 +0200\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
        f"{person.mark('mailtext')}\r\n--b\r\nContent-Type: text/plain\r\n"
        f'Content-Disposition: attachment; filename="{person.mark("mailfile")}.txt"\r\n\r\n{person.mark("filecontent")}\r\n--b--\r\n'
    )
    headers = {"Content-Type": "message/rfc822"}
    answer = await person.lab.client.post("/v1/cases/mails", content=mail.encode(), headers=headers)
    assert answer.status_code == 201, answer.text


async def they_speak_of_her(person: Person, case_id: str) -> None:
    """Staff about one another's work on her case: not hers to have, but she may be named."""
    path = f"/v1/cases/{case_id}"
    agent = (await person.post("/v1/agents", name="Bo"))["id"]
    await person.post(f"{path}/assign", assignee_id=agent, reason=person.mark("remarkassign"))
    card = await person.post(
        "/v1/quality-scorecards", name="Tone", criteria=[{"key": "tone", "label": "Tone", "weight": 1, "max_score": 5}]
    )
    review = await person.post(
        f"{path}/reviews",
        scorecard_id=card["id"],
        agent_id=agent,
        scores=[{"key": "tone", "score": 4, "comment": person.mark("remarkscore")}],
        comment=person.mark("remarkreview"),
    )
    await person.post(f"/v1/case-reviews/{review['id']}/dispute", comment=person.mark("remarkdispute"))
    feedback = await person.post(
        "/v1/internal-feedback", subject="return_policy", case_id=case_id, comment=person.mark("remarkfeedback")
    )
    await person.post(f"/v1/internal-feedback/{feedback['id']}/accept")
    await person.post(f"/v1/internal-feedback/{feedback['id']}/complete", answer=person.mark("remarkanswer"))


async def she_is_visited(person: Person, case_id: str) -> None:
    """A technician comes and reports."""
    visit = await person.post(
        "/v1/visits", case_id=case_id, window_from="2030-06-01T08:00:00Z", window_to="2030-06-01T10:00:00Z"
    )
    path = f"/v1/visits/{visit['id']}"
    await person.post(f"{path}/form", form_ref="F1", fields={"who": person.mark("formfield")}, media=[])
    for verb in ("depart", "arrive"):
        await person.post(f"{path}/{verb}")
    media = [{"name": person.mark("media"), "media_type": "image/png", "url": "https://files.example/2"}]
    await person.post(f"{path}/complete", outcome="fixed", report=person.mark("report"), media=media)


async def she_returns(person: Person) -> None:
    """A return with words, photos and a parcel; a claim, a withdrawal, a repair, an appointment."""
    made = await person.post(
        "/v1/returns",
        order_id=person.ids["order"],
        note=person.mark("returnnote"),
        items=[
            {
                "order_line_id": person.ids["line"],
                "quantity": 1,
                "reason_code": "changed_mind",
                "customer_note": person.mark("itemnote"),
                "photos": [f"https://files.example/{person.mark('photo')}"],
            }
        ],
    )
    path = f"/v1/returns/{made['id']}"
    if made["status"] == "requested":
        made = await person.post(f"{path}/approve")
    label = f"https://labels.example/{person.mark('label')}"
    await person.post(
        f"{path}/labels", carrier="Correos", tracking_number="RT7001", label_url=label, qr=person.mark("qr")
    )
    await person.post(f"{path}/dispatch-proof", file=f"https://files.example/{person.mark('proof')}")
    await person.post(
        f"{path}/receipts",
        items=[{"return_item_id": made["items"][0]["id"], "quantity": 1}],
        note=person.mark("receipt"),
        receipt_id=f"parcel of {EMAIL}",
    )
    await person.post(
        "/v1/claims",
        order_id=person.ids["order"],
        kind="damaged",
        order_line_id=person.ids["line"],
        quantity=1,
        description=person.mark("claimtext"),
        evidence=[f"https://files.example/{person.mark('evidence')}"],
    )
    await person.post(
        "/v1/withdrawals", order_id=person.ids["order"], name=person.mark("withdrawer"), email=EMAIL, locale="es"
    )
    repair = await person.post(
        "/v1/repairs", defect=person.mark("defect"), item="Lamp", customer_id=person.ids["customer"]
    )
    rate = eur("30.00")
    await person.post(f"/v1/repairs/{repair['id']}/time", minutes=10, hourly_rate=rate, note=person.mark("repairnote"))
    await person.post(
        "/v1/appointments",
        starts_at="2030-06-02T08:00:00Z",
        ends_at="2030-06-02T09:00:00Z",
        kind="inspection",
        customer_id=person.ids["customer"],
        location=person.mark("location"),
        note=person.mark("appointmentnote"),
    )


async def she_is_asked(person: Person) -> None:
    """Surveys answered and changed, help searched for, consent given, messages sent."""
    lab = person.lab
    surveys = (await lab.client.get("/v1/surveys", params={"key": "nps"})).json()["items"]
    wish = {"customer_id": person.ids["customer"], "order_id": person.ids["order"]}
    invitation = await person.post(f"/v1/surveys/{surveys[0]['id']}/invitations", **wish)
    answers = f"/v1/public/surveys/{invitation['token']}/answers"
    first = {"score": 9, "comment": person.mark("firstcomment")}
    for body in (first, {"score": 8, "comment": person.mark("comment")}):
        answer = await lab.client.post(answers, json=body)
        assert answer.status_code == 200, answer.text
    waiting = await person.post(f"/v1/surveys/{surveys[0]['id']}/invitations", customer_id=person.ids["customer"])
    vote = {"params": {"q": "score", "v": 3}, "headers": {"User-Agent": person.mark("mailreader")}}
    assert (await lab.client.get(f"/r/{waiting['token']}", **vote)).status_code == 200
    visitor = person.ids["customer"]
    await person.post("/v1/kb/searches", query=person.mark("search"), locale="es", visitor=visitor, customer_id=visitor)
    article = await person.post("/v1/kb/articles", translations=[{"title": "Lamp", "locale": "es", "body": "On"}])
    await person.post(
        f"/v1/kb/articles/{article['id']}/feedback",
        locale="es",
        helpful=True,
        comment=person.mark("feedback"),
        visitor=visitor,
    )
    await person.post(
        f"/v1/customers/{visitor}/consents",
        purpose="marketing",
        state="granted",
        evidence={"form": person.mark("consent")},
    )
    await person.post(
        "/v1/suppressions", address=PHONE, channel="sms", reason="manual", note=person.mark("suppression")
    )
    await lab.settle()


async def everywhere(lab: Any) -> Person:
    """She has been at every door."""
    person = Person(lab)
    for visit in (she_orders, she_buys_at_shopify, she_writes, she_returns, she_is_asked):
        await visit(person)
        await lab.settle()
    return person
