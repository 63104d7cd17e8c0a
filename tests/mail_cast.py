"""Mails that a gateway hands in."""

from email.message import EmailMessage


def a_mail(body="Mira la foto", message_id="<p1@example.com>", *, files=(), **headers):
    mail = EmailMessage()
    mail["From"] = headers.pop("From", "Ada <ada@example.com>")
    mail["To"] = "support@luna.example"
    mail["Subject"] = headers.pop("Subject", "Cargador")
    mail["Message-ID"] = message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    for name, kind, content in files:
        main, _, sub = kind.partition("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return mail.as_bytes()


async def delivered(lab, raw):
    answer = await lab.client.post("/v1/cases/mails", content=raw, headers={"Content-Type": "message/rfc822"})
    assert answer.status_code == 201, answer.text
    return answer.json()
