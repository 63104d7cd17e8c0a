"""Reading mail without trust."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_api.cases.policy.clean_html import clean, plain_text
from aftersales_api.cases.policy.mail import bare_subject, read
from aftersales_api.cases.policy.mail_text import cut_text
from aftersales_api.cases.policy.thanks import is_thanks


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2_000))
def test_no_bytes_make_the_reader_stumble(raw):
    seen = read(raw)

    assert seen is None or len(seen.text) <= 100_000


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_no_header_makes_the_reader_stumble(name, value):
    raw = f"From: a@b.c\r\nSubject: {name}\r\nReferences: {value}\r\nDate: {name}\r\n\r\n{value}"

    seen = read(raw.encode("utf-8", "surrogatepass"))

    assert seen is None or "\n" not in seen.subject


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="<>/ab script\"'=:jhref onclick&;#x3c", max_size=400))
def test_cleaned_html_has_nothing_that_runs(html):
    found = clean(html).lower()

    assert "<script" not in found
    assert " onclick=" not in found.replace("&lt;", "")
    assert 'href="javascript' not in found


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_cleaning_twice_is_cleaning_once(html):
    once = clean(html)

    assert clean(once) == once


def test_the_words_of_html_are_read_line_by_line():
    assert plain_text("<style>x</style><p>One <b>two</b></p><div>three<br>four</div>") == "One two\nthree\nfour"


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Re: RE: Fwd: Lamp", "Lamp"),
        ("RV: Lamp [#5d41402abc4b2a76b9719d91]", "Lamp"),
        ("Return", "Return"),
        ("Re:", ""),
    ],
)
def test_a_subject_without_its_prefixes(subject, bare):
    assert bare_subject(subject) == bare


@pytest.mark.parametrize(
    "text",
    [
        "New words\n\nOn Mon, 1 Jun 2026, Luna wrote:\n> old",
        "New words\n> old",
        "New words\n-----Original Message-----\nold",
        "New words\n\nEl lun, 1 jun 2026 a las 9:00, Luna escribió:\nold",
    ],
)
def test_what_was_quoted_is_not_what_was_written(text):
    assert cut_text(text).written == "New words"


def test_a_mail_of_quotes_only_is_kept():
    assert cut_text("> old").written == "> old"


@pytest.mark.parametrize("text", ["Thanks!", "Muchas gracias, un saludo", "ok thank you", "¡Gracias por tu ayuda!"])
def test_a_thanks_is_a_thanks(text):
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text", ["Thanks, but it broke again", "Thanks?", "Gracias. ¿Y la factura?", "", "help", "Thanks 2"]
)
def test_anything_more_is_a_message(text):
    assert not is_thanks(text)
