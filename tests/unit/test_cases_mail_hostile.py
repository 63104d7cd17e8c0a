"""Mails that strangers wrote to make us wait or fall: each is read or refused in a time that grows with its length alone."""

import time

import pytest

from aftersales_api.cases.policy.clean_html import clean
from aftersales_api.cases.policy.mail import read
from aftersales_api.cases.policy.mail_parser import LONGEST_HEAD, MOST_MESSAGES

SIZE = 600_000
HEAD = b"From: ada@example.com\r\nSubject: hi\r\nMessage-ID: <1@x>\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def filled(piece, size=SIZE):
    return piece * (size // len(piece))


def field(piece):
    return filled(piece, LONGEST_HEAD - 1_000)


# What a text may hold line after line; each once held the whole service for minutes.
TEXTS = {
    "lines": filled(b"hello world\r\n"),
    "blank lines": filled(b"\r\n") + b"x",
    "one line of spaces": filled(b" ") + b"x",
    "closings": b"hola\r\n" + filled(b"Saludos\r\nx\r\n") + b"+34 600 000 000",
    "attributions": filled(b"On 1 wrote\r\n"),
    "dates": filled(b"2026-01-01 aaaa <a@b\r\n"),
    "heads": filled(b"From: a\r\n"),
    "rules": filled(b"-"),
}
PAGES = {
    "comments": filled(b"<!--"),
    "comments that end nowhere": filled(b"<!-- x>"),
    "tags": filled(b"<a "),
    "quoted members": filled(b"<a x='"),
    "ends": filled(b"</"),
    "instructions": filled(b"<?"),
    "declarations": filled(b"<!"),
    "sections": filled(b"<!["),
    "angles": filled(b"<"),
    "elements in elements": filled(b"<div>"),
}
FIELDS = {
    "Cc: quotation marks": b"Cc: " + field(b'"'),
    "Cc: brackets": b"Cc: " + field(b"("),
    "Cc: angles": b"Cc: " + field(b"<"),
    "Cc: groups": b"Cc: " + field(b"a:"),
    "Cc: people": b"Cc: " + field(b"a@b.c, "),
    "To again and again": field(b"To: a@b\r\n")[:-2],
    "References": b"References: " + field(b"<a@b> "),
    "Subject: encoded words": b"Subject: " + field(b"=?utf-8?q?a?= "),
    "Content-Type: members": b"Content-Type: text/plain; " + field(b"a=b; "),
    "Content-Type: brackets": b"Content-Type: text/plain; " + field(b"("),
    "Content-Disposition: pieces": b"Content-Disposition: attachment; " + field(b"a*0*=b; "),
    "Content-Disposition: a few pieces": b"Content-Disposition: attachment; a*0*=b; a*0*=b; ",
}


def soon(raw):
    """What the reader says, within two seconds of this processor."""
    began = time.process_time()
    seen = read(raw)
    assert time.process_time() - began < 2.0
    return seen


@pytest.mark.parametrize("name", TEXTS)
def test_a_long_text_is_read_soon(name):
    assert soon(HEAD + b"\r\n" + TEXTS[name]).from_address == "ada@example.com"


@pytest.mark.parametrize("name", PAGES)
def test_a_broken_page_is_read_soon(name):
    page = HEAD + b"Content-Type: text/html\r\n\r\n<p>Hola</p>" + PAGES[name]
    assert soon(page).text.startswith("Hola")
    assert clean(page.decode()).count("<div>") <= 100


@pytest.mark.parametrize("name", FIELDS)
def test_an_endless_or_broken_field_is_read_soon(name):
    seen = soon(HEAD + FIELDS[name] + b"\r\n\r\nhola")
    assert seen.from_address == "ada@example.com"
    assert len(seen.copies) <= 50


def test_of_endless_references_the_last_count():
    seen = soon(HEAD + b"References: " + field(b"<a@b> ") + b"<last@b>\r\n\r\nhola")
    assert seen.references[-1] == "last@b"


@pytest.mark.parametrize(
    "parts",
    [
        MIXED + filled(b"--b\r\n\r\nhi\r\n"),
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(2_000)),
        filled(b"Content-Type: message/rfc822\r\n\r\n"),
    ],
    ids=["beside each other", "in each other", "mails in mails"],
)
def test_more_parts_than_anybody_means_are_no_mail(parts):
    assert soon(HEAD + parts) is None


def test_as_many_parts_as_a_mail_may_have_are_read():
    seen = soon(HEAD + MIXED + b"--b\r\n\r\nhi\r\n" * (MOST_MESSAGES - 2) + b"--b--")
    assert seen.text == "hi"


def test_a_report_with_an_endless_field_is_read_soon():
    report = (
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nmessage-id:"
    )
    assert soon(HEAD + report + filled(b"\n") + b"--b--").report is not None


def test_a_head_without_end_is_no_head_of_ours():
    seen = soon(HEAD + filled(b"X-A: v\r\n", 5_000_000) + b"\r\nhola")
    assert (seen.from_address, seen.text) == ("ada@example.com", "hola")


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<p>a < b</p>", "<p>a &lt; b</p>"),
        ("a<!-- b -->c", "ac"),
        ("a<!-- b", "a"),
        ("a<!DOCTYPE html>b<?xml?>c", "abc"),
        ("<!--[if mso]><p>b</p><![endif]-->c", "c"),
        ("a</ b>c", "ac"),
        ("<b>a</b", "<b>a&lt;/b</b>"),
    ],
)
def test_what_opens_no_tag_is_text_and_what_a_browser_skips_is_not_there(page, shown):
    assert clean(page) == shown
