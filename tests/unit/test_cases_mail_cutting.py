"""What was newly written is told from what was quoted and signed with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_api.cases.policy.mail import read
from aftersales_api.cases.policy.mail_html import cut_html
from aftersales_api.cases.policy.mail_machines import Machine
from aftersales_api.cases.policy.mail_text import cut_text

OUTLOOK_ES = (
    "De: Luna <s@l.example>\nEnviado: martes, 1 de junio de 2027 9:00\nPara: Ada\nAsunto: Re: roto\n\n¿Qué modelo es?"
)
OUTLOOK_EN = "From: Luna <s@l.example>\nSent: Tuesday, June 1, 2027 9:00 AM\nTo: Ada\nSubject: RE: dead\n\nWhich model?"


@pytest.mark.parametrize(
    "old",
    [
        "El mar, 1 jun 2027 a las 9:00, Luna (<s@l.example>) escribió:\n\n> ¿Qué modelo?\n> Gracias",
        "El mar, 1 jun 2027 a las 9:00, Luna Soporte de la Tienda\n(<s@l.example>) escribió:\n\n> ¿Qué modelo?",
        "On Tue, Jun 1, 2027 at 9:00 AM Luna <s@l.example> wrote:\n\n> Which model?",
        "On Tue, Jun 1, 2027 at 9:00 AM Luna of the Shop\n<s@l.example>\nwrote:\n\n> Which model?",
        "El 1 jun 2027, a las 9:00, Luna <s@l.example> escribió:\n\n> ¿Qué modelo?",
        "On Jun 1, 2027, at 9:00 AM, Luna <s@l.example> wrote:\n\nWhich model?",
        "________________________________\n" + OUTLOOK_ES,
        OUTLOOK_EN,
        "-----Original Message-----\n" + OUTLOOK_EN,
        "-----Mensaje original-----\n" + OUTLOOK_ES,
        "*De:* Luna\n*Enviado el:* martes\n*Para:* Ada\n*Asunto:* roto\n\nviejo",
        "Enviado desde mi iPhone\n\n> El 1 jun 2027, a las 9:00, Luna <s@l.example> escribió:\n>\n> ¿Qué modelo?",
        "Get Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n" + OUTLOOK_EN,
    ],
)
def test_an_earlier_mail_is_cut_and_kept_apart(old):
    found = cut_text(f"Sigue sin ir.\n\n{old}\n")

    assert found.written == "Sigue sin ir."
    assert found.cut == old


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAda Pérez\nTel. 600",
        "--\nAda",
        "Sent from my iPhone",
        "Enviado desde mi iPhone",
        "Enviado desde Outlook para Android",
        "Obtener Outlook para iOS",
        "Un saludo,\n\nAda Pérez\nTel. +34 600 111 222\nwww.ada.example",
        "Best regards,\nAda Perez\nHead of Nothing\nada@example.com",
        "AVISO LEGAL: este mensaje es confidencial\ny va dirigido a su destinatario.",
        "Confidentiality notice: this e-mail is private.",
    ],
)
def test_a_signature_is_cut(signature):
    found = cut_text(f"Vale.\n\n{signature}")

    assert (found.written, found.cut) == ("Vale.", signature)


@pytest.mark.parametrize(
    "text",
    [
        "Hola,\nno enciende.\n\nSaludos,\nAda",
        "El 1 de mayo compré un cargador y no va.\nGracias",
        "De: Madrid a Sevilla tardó 5 días\nPara colmo llegó roto",
        "From: the start it was dead",
        "On Monday 3 it came, and I wrote:\nno answer",
        "Fue enviado con SEUR el lunes",
        "Enviado con SEUR el lunes\nY sigue sin llegar",
        "> only what was said before",
    ],
)
def test_words_that_only_look_alike_stay(text):
    assert cut_text(text).written == text
    assert cut_text(text).cut is None


def test_an_answer_below_or_between_the_quoted_lines_is_new():
    assert cut_text("On Jun 1, 2027, Luna <s@l> wrote:\n> Which?\n\nX200").written == "X200"
    assert cut_text("> Which?\nX200\n> Since when?\nMay").written == "X200\nMay"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="> \n-_EOlnDFrom:abc12áescribiówrt,@.", max_size=300))
def test_no_text_is_lost_whatever_it_looks_like(text):
    found = cut_text(text)

    assert found.written or not text.strip()
    for line in text.splitlines():
        assert line.strip() in found.written + (found.cut or "")


@pytest.mark.parametrize(
    ("html", "new"),
    [
        ('<p>New</p><div class="gmail_quote"><div>On … wrote:</div><blockquote>old</blockquote></div>', "<p>New</p>"),
        ("<p>New</p><blockquote type='cite'>old<br><b>x</b></blockquote><p>Below</p>", "<p>New</p><p>Below</p>"),
        ('<p>New</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">De: x</div><p>old</p>', "<p>New</p>"),
        ('<p>New</p><div class="gmail_signature"><img src="x">Ada</div>', "<p>New</p>"),
        ('<p>New</p><div id="Signature">Ada</div>', "<p>New</p>"),
        ("<p>A &amp; B</p><blockquote>ours</blockquote>", "<p>A &amp; B</p><blockquote>ours</blockquote>"),
    ],
)
def test_quoted_html_is_left_out(html, new):
    assert cut_html(html) == new


def a_mail(*headers: str, body: str = "Estoy fuera") -> bytes:
    return "\r\n".join(["From: Ada <ada@example.com>", "Message-ID: <1@x>", *headers, "", body]).encode()


@pytest.mark.parametrize(
    ("header", "machine"),
    [
        ("Auto-Submitted: auto-replied", Machine.AUTO_REPLY),
        ("Auto-Submitted: no", None),
        ("Precedence: auto_reply", Machine.AUTO_REPLY),
        ("X-Autoreply: yes", Machine.AUTO_REPLY),
        ("Subject: Respuesta automática: Cargador", Machine.AUTO_REPLY),
        ("Subject: Out of office: Charger", Machine.AUTO_REPLY),
        ("Subject: La respuesta automática no funciona", None),
        ("Precedence: bulk", Machine.LIST),
        ("List-Id: <news.example>", Machine.LIST),
        ("Return-Path: <>", Machine.BOUNCE),
        ("Return-Path: <ada@example.com>", None),
    ],
)
def test_a_machine_is_known_by_its_headers(header, machine):
    seen = read(a_mail(header))

    assert seen is not None
    assert seen.machine == machine
