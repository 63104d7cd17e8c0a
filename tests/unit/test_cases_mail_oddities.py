"""Mails of programs that do not keep the standard: charsets unsaid or lied about, no id, paths for names, mails inside mails."""

import pytest

from aftersales_api.cases.policy.mail import read
from aftersales_api.cases.policy.mail_text import cut_text

HEAD = {"From": "Ada <ada@example.com>", "Subject": "Roto", "Date": "Tue, 02 Jun 2026 09:15:00 +0200"}
TEXT = "El señor Núñez pidió “20 €” – ¿sí?"


def a_mail(body, **headers):
    said = {**HEAD, "Message_ID": "<a@example.com>", **headers}
    head = "\r\n".join(f"{name.replace('_', '-')}: {value}" for name, value in said.items() if value)
    return head.encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize("said", ["text/plain", "text/plain; charset=utf-8", "text/plain; charset=us-ascii",
                                  "text/plain; charset=iso-8859-1", "text/plain; charset=x-nobody-knows",
                                  "text/plain; charset=base64", "text/plain; charset=utf\0-8", "text/plain; charset=idna",
                                  "text/plain; charset=undefined"])  # fmt: skip
@pytest.mark.parametrize("written", ["cp1252", "utf-8"])
def test_words_are_read_whatever_their_charset_is_said_to_be(said, written):
    if (said.endswith("8859-1"), written) == (True, "utf-8"):
        return  # said to be another, and readable as that other
    seen = read(a_mail(TEXT.encode(written), Content_Type=said, Content_Transfer_Encoding="8bit"))

    assert seen.text == TEXT


@pytest.mark.parametrize("charset", ["iso-8859-15", "koi8-r", "shift_jis", "utf-16"])
def test_a_charset_that_is_said_is_believed(charset):
    text = {"koi8-r": "не работает", "shift_jis": "電池が切れた"}.get(charset, "Cuesta 7 € más")

    seen = read(a_mail(text.encode(charset), Content_Type=f"text/plain; charset={charset}"))

    assert seen.text == text


def test_a_subject_in_bare_latin_is_read():
    raw = a_mail(b"hola").replace(b"Subject: Roto", "Subject: Avería del señor".encode("latin-1"))

    assert read(raw).subject == "Avería del señor"


def test_a_mail_without_an_id_has_the_same_one_each_time_and_another_for_another():
    first = read(b"Received: by a\r\n" + a_mail(b"hola", Message_ID="")).message_id

    assert read(b"Received: by b; later\r\n" + a_mail(b"hola", Message_ID="")).message_id == first
    assert read(a_mail(b"hola!", Message_ID="")).message_id != first
    assert read(a_mail(b"hola", Message_ID="", Date="Tue, 02 Jun 2026 09:16:00 +0200")).message_id != first


@pytest.mark.parametrize("path", ["../../etc/passwd", r"C:\\Users\\ada\\passwd", "/passwd"])
def test_a_file_keeps_its_name_and_not_its_way(path):
    part = f'--x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="{path}"\r\n\r\nroot\r\n--x--\r\n'

    (file,) = read(a_mail(part.encode(), Content_Type="multipart/mixed; boundary=x")).files

    assert (file.name, file.content) == ("passwd", b"root")


def test_a_mail_inside_a_mail_is_a_file_and_not_its_words():
    inner = "Content-Type: message/rfc822\r\n\r\nFrom: z@example.com\r\nSubject: Factura 7\r\n\r\nOtra cosa\r\n"
    body = f"--x\r\n{inner}--x\r\nContent-Type: text/plain\r\n\r\nMira esto\r\n--x--\r\n"

    seen = read(a_mail(body.encode(), Content_Type="multipart/mixed; boundary=x"))

    assert seen.text == "Mira esto"
    assert [(each.name, each.media_type, b"Otra cosa" in each.content) for each in seen.files] == [
        ("Factura 7.eml", "message/rfc822", True)
    ]


def test_of_html_only_the_old_part_is_kept_apart():
    html = b"<p>No carga</p><blockquote type=cite>Pruebe otro cable</blockquote>"

    seen = read(a_mail(html, Content_Type="text/html; charset=utf-8"))

    assert (seen.text, seen.quoted) == ("No carga", "Pruebe otro cable")


@pytest.mark.parametrize(
    "line", ["2026-06-02 9:15 GMT+02:00 Luna <desk@luna.example>:", "Am 02.06.26 um 09:15 schrieb Luna Laden:"]
)
def test_attributions_with_the_name_at_the_end_are_cut(line):
    assert cut_text(f"Sigue igual.\n\n{line}\n> ¿Lo probó?").written == "Sigue igual."


@pytest.mark.parametrize("line", ["2026-06-02 llegó el paquete:", "Am Montag rufe ich an:"])
def test_lines_that_only_look_like_attributions_stay(line):
    assert cut_text(f"Hola.\n{line}\nroto").written == f"Hola.\n{line}\nroto"
