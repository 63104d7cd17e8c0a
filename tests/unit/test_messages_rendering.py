"""Templates filled in: strict, safe, in the reader's language, and never expensive."""

import contextlib
import gc
import json
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aftersales_api.messages.policy import content, layout, plain_text, rendering, shapes
from aftersales_api.messages.policy.faults import TemplateFault
from aftersales_api.messages.policy.links import is_allowed
from aftersales_api.messages.policy.starters import starters
from aftersales_api.messages.states import Channel

READER = {"locale": "es-ES", "timezone": "Europe/Madrid"}


def filled(source, *, html=False, **names):
    return rendering.render(source, {**READER, **names}, html=html)


def mjml(inner):
    return f"<mjml><mj-body><mj-section><mj-column>{inner}</mj-column></mj-section></mj-body></mjml>"


def as_mail(inner, **names):
    return filled(layout.compile_mjml(mjml(inner)), html=True, **names)


LONG = "x" * 1900
ATTACKS = {
    "join a huge range": "{{ (1..100000000) | join }}",
    "loop over a huge range": "{% for i in (1..100000000) %}x{% endfor %}",
    "search a huge range": "{% assign a = (1..1000000000) %}{% if a contains 'x' %}y{% endif %}",
    "reverse a huge range": "{% for i in (1..99999999) reversed %}x{% endfor %}",
    "loops in loops": "{% for a in (1..99) %}{% for b in (1..99) %}{% for c in (1..99) %}x{% endfor %}{% endfor %}{% endfor %}",
    "loops after loops": "{% for a in (1..2000) %}{% endfor %}" * 400,
    "a wide loop": "{% for a in (1..2000) %}" + "{% if a %}{% endif %}" * 300 + "{% endfor %}",
    "double a text": "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 40,
    "replace by itself": f"{{% assign a = '{LONG}' %}}{{{{ a | replace: 'x', a }}}}",
    "replace nothing by much": f"{{% assign a = '{LONG}' %}}{{{{ a | replace: '', a }}}}",
    "join by much": f"{{% assign a = '{LONG}' %}}{{{{ a | split: '' | join: a }}}}",
    "compare all with all": "{{ '"
    + "".join(chr(0x4E00 + place) for place in range(1900))
    + "' | split: '' | uniq | size }}",
    "double a list": "{% assign a = 'x,y' | split: ',' %}" + "{% assign a = a | concat: a %}" * 30,
    "square a number": "{% assign a = 99999999999 %}" + "{% assign a = a | times: a %}" * 40 + "{{ a }}",
    "never closed": "{{a" * 30_000,
    "never closed tags": "{% a" * 20_000,
    "raw without end": "{% raw %}" * 10_000,
    "comments in comments": "{% comment %}" * 1400,
    "blanks": "{{ a" + " " * 90_000 + "}}",
    "many names": "{{ name }}" * 1500,
    "deep blocks": "{% if name %}" * 400,
    "deep path": "{{ a" + "[a" * 400 + "]" * 400 + " }}",
    "long condition": "{% for i in (1..2000) %}{% if " + " or ".join(["false"] * 150) + " %}{% endif %}{% endfor %}",
    "much text again": "{% for i in (1..2000) %}{% capture a %}" + "y" * 45_000 + "{% endcapture %}{% endfor %}",
    "filters again": f"{{% assign a = '{LONG}' %}}"
    "{% for i in (1..2000) %}{{ a | upcase | escape | size }}{% endfor %}",
    "tags in tags": "{{ '" + "<" * 1900 + "' | strip_html }}",
    "a file": "{% include '/etc/passwd' %}",
    "another template": "{% render 'other' %}",
    "wide date": "{{ '2026-06-01' | date: '%1000000000d' }}",
    "too long": "x" * 200_001,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_ends_at_once(attack):
    filled("{{ name }}", name="warm")
    gc.collect()  # of a whole test run's garbage, it takes longer than any attack
    start = time.thread_time()
    with contextlib.suppress(TemplateFault):
        filled(ATTACKS[attack], html=True, name="Ada")
    assert time.thread_time() - start < 0.1


UNFINISHED = ["<!--", "<!-- x>", "<a ", "<a x='", "</", "<?", "<![", "<", '<a href="{{', "<br", "<table><!--"]


@pytest.mark.parametrize("piece", UNFINISHED)
def test_a_page_whose_tags_never_end_is_refused_or_read_soon(piece):
    start = time.thread_time()
    for source in (piece * (59_000 // len(piece)), mjml(piece * (59_000 // len(piece)))):
        with contextlib.suppress(TemplateFault):
            layout.compile_mjml(source)
    assert plain_text.text_of("Hola" + piece * (190_000 // len(piece))).startswith("Hola")
    assert time.thread_time() - start < 1.5


LIMITS = [("{% for i in (1..2000) %}{% endfor %}", None), ("{% for i in (1..2001) %}{% endfor %}", "limit_reached")]


@pytest.mark.parametrize(("source", "code"), LIMITS)
def test_a_loop_has_at_most_two_thousand_steps(source, code):
    assert _code(source) == code


OUTPUTS = [("y" * 50_000 + "{{ a }}{{ a }}{{ a }}", None), ("y" * 50_001 + "{{ a }}{{ a }}{{ a }}", "limit_reached")]


@pytest.mark.parametrize(("source", "code"), OUTPUTS)
def test_a_page_has_at_most_two_hundred_thousand_bytes(source, code):
    assert _code(source, a="z" * 50_000) == code


def _code(source, **names):
    try:
        filled(source, **names)
    except TemplateFault as fault:
        return fault.code
    return None


@pytest.mark.parametrize(
    "source",
    ["{{ nothing }}", "{{ order.nothing }}", "{{ now }}", "{{ order.__class__ }}", "{% if nothing %}{% endif %}"],
)
def test_an_unknown_name_is_refused(source):
    assert _code(source, order={"number": "1"}) == "unknown_variable"


def test_a_known_name_without_value_takes_its_default():
    assert filled("{{ name | default: 'you' }}", name=None) == "you"


def test_values_are_escaped_in_html_and_left_alone_in_text():
    assert filled("{{ name }}", html=True, name="<b>&") == "&lt;b&gt;&amp;"
    assert filled("{{ name }}", name="<b>&") == "<b>&"


@pytest.mark.parametrize("source", ["{{ name | safe }}", "{{ name | escapejs }}", "{{ name | nonsense }}"])
def test_no_filter_turns_escaping_off(source):
    assert _code(source, name="<b>") == "render_failed"


def test_money_and_dates_are_written_as_the_reader_writes_them():
    names = {
        "total": {"amount": "1234.50", "currency": "EUR"},
        "yen": {"amount": "1234", "currency": "JPY"},
        "at": "2026-03-29T00:59:00Z",
    }

    assert re.sub(r"\s", " ", filled("{{ total | money }}", **names)) == "1.234,50 €"
    assert re.sub(r"\s", " ", filled("{{ yen | money }}", **names)) == "1.234 JPY"
    assert re.sub(r"\s", " ", filled("{{ total }} {{ total.amount }}", **names)) == "1.234,50 € 1234.50"
    assert (
        filled("{{ at | date }} {{ at | date: '%d/%m/%Y' }} {{ at | time }}", **names)
        == "29 de marzo de 2026 29/03/2026 1:59"
    )
    assert rendering.render("{{ at | date: '%B %-d' }}", {**names, "locale": "en", "timezone": "UTC"}) == "March 29"


@pytest.mark.parametrize("source", ["{{ 'now' | date }}", "{{ 'today' | date: '%d' }}"])
def test_templates_know_no_clock(source):
    assert _code(source) == "render_failed"


def test_a_subject_is_one_line_without_signs_that_turn_text():
    subject = rendering.render_subject("Hi {{ name }}", {"name": "A\r\nBcc: x\u202eda\x00"})

    assert subject == "Hi A Bcc: xda"


@given(st.text(max_size=60))
@example("a\r\nBcc: b")
@settings(deadline=None)
def test_whatever_a_name_is_a_subject_stays_one_printable_line(name):
    subject = rendering.render_subject("Hi {{ name }}", {"name": name})

    assert "\n" not in subject
    assert "\r" not in subject
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", subject)


def test_a_value_inside_a_link_is_percent_encoded():
    page = as_mail(
        '<mj-text><a href="https://luna.example/o/{{ number }}?q={{ q }}">x</a></mj-text>', number="a/b?c", q="ä&b=1"
    )

    assert 'href="https://luna.example/o/a%2Fb%3Fc?q=%C3%A4%26b%3D1"' in page


def test_a_whole_link_keeps_its_form():
    assert 'href="https://luna.example/a?b=1&amp;c=2"' in as_mail(
        '<mj-button href="{{ url }}">x</mj-button>', url="https://luna.example/a?b=1&c=2"
    )


def test_a_mail_address_after_mailto_stays_readable():
    assert 'href="mailto:help@luna.example"' in as_mail(
        '<mj-text><a href="mailto:{{ m }}">x</a></mj-text>', m="help@luna.example"
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
    ],
)
def test_a_scheme_outside_the_list_leads_nowhere(url):
    assert 'href="#"' in as_mail('<mj-button href="{{ url }}">x</mj-button>', url=url)
    assert not is_allowed(url)


def test_a_scheme_put_together_by_the_template_leads_nowhere():
    page = filled('<a href="{% if yes %}java{% endif %}script:{{ x }}">y</a>', html=True, yes=True, x="alert(1)")

    assert 'href="#"' in page


def test_branches_inside_a_link_are_each_a_whole_address():
    source = '<mj-text><a href="{% if es %}{{ a }}{% else %}{{ b }}{% endif %}">x</a></mj-text>'

    assert 'href="https://b.example/x"' in as_mail(source, es=False, a="https://a.example", b="https://b.example/x")


def test_rows_of_a_loop_stay_inside_their_table():
    page = as_mail(
        "<mj-table>{% for line in lines %}<tr><td>{{ line }}</td></tr>{% endfor %}</mj-table>", lines=["a", "b"]
    )

    assert page.index("<tbody>") < page.index("a</td>") < page.index("b</td>") < page.rindex("</tbody>")


def test_comparisons_and_quotes_survive_the_layout():
    page = as_mail(
        '<mj-text>{% if n < 3 and name != "Bo" %}few{% else %}many{% endif %} {{ name | default: "you" }}</mj-text>',
        n=2,
        name="Ada",
    )

    assert "few" in page
    assert "Ada" in page


def test_styles_are_inlined_and_nothing_is_fetched():
    page = layout.compile_mjml(
        "<mjml><mj-head><mj-style>.big { font-size: 40px; }</mj-style></mj-head><mj-body><mj-section><mj-column>"
        '<mj-text><b class="big">x</b></mj-text></mj-column></mj-section></mj-body></mjml>'
    )

    assert 'style="font-size: 40px;"' in page
    assert "googleapis" not in page


REFUSED = [
    (mjml('<mj-include path="/etc/passwd" />'), "element_not_allowed"),
    (mjml("<mj-text><script>x</script></mj-text>"), "element_not_allowed"),
    (mjml('<mj-text><b onclick="x">y</b></mj-text>'), "attribute_not_allowed"),
    (mjml('<mj-button href="javascript:x">y</mj-button>'), "scheme_not_allowed"),
    (mjml("<mj-text><a {% if x %}href='y'{% endif %}>z</a></mj-text>"), "tag_between_attributes"),
    ("<p>only html</p>", "not_mjml"),
    (mjml("<mj-text>x</mj-text>" * 601), "too_long"),
    (mjml("<mj-text>{{ x </mj-text>"), "syntax_error"),
]


@pytest.mark.parametrize(("source", "code"), REFUSED)
def test_a_layout_that_is_unsafe_or_broken_is_refused_when_saved(source, code):
    _, problems = content.compiled(Channel.EMAIL, {"en": {"subject": "s", "mjml": source}})

    assert [(problem.pointer, problem.code) for problem in problems] == [("/body/locales/en/mjml", code)]


PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{{ name }}", "{% if name %}", "{% endif %}", "{% for i in (1..3) %}", "{% endfor %}", "<", ">", '<a href="',
     '"', "<!--", "-->", "<![CDATA[", "<!x", "<mj-text>", "</mj-text>", "<mj-section>", "<table>", "<tr>", "&#0;", "'", "|", " ", "x", "\x00",
     '<mj-column width="a">', "<mj-group>", "<mj-social>", '<mj-hero mode="x">', "<mj-navbar>", "{{ name | date: '%' }}", "{%- raw -%}"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
@settings(max_examples=400, deadline=None)
def test_whatever_is_written_is_refused_with_a_problem_or_laid_out(inner):
    ready, problems = content.compiled(
        Channel.EMAIL, {"en": {"subject": inner or "s", "mjml": mjml(inner), "text": inner}}
    )

    if not problems:
        content.publish_problems("general", ready)


def test_a_layout_of_the_largest_size_is_laid_out_soon():
    start = time.process_time()
    layout.compile_mjml(mjml("<mj-text>x</mj-text>" * 580))
    assert time.process_time() - start < 3


def test_all_unknown_names_are_listed_also_in_branches_not_taken():
    source = "{{ order.nope }}{% if order.number == 'x' %}{{ other.name }}{% endif %}{% for line in order.lines %}{{ line.wrong }}{% endfor %}"

    assert set(rendering.unknown_names(source, shapes.sample("order_confirmation"))) == {
        "order.nope",
        "other.name",
        "line.wrong",
    }


def test_the_text_says_what_the_page_says():
    text = plain_text.text_of(
        "<head><style>p{}</style></head><p>Hello&nbsp;<b>Ada</b></p><ul><li>one</li><li>two</li></ul>"
        '<p><a href="https://x.example">here</a> <img alt="Logo" src="x"></p><div style="display:none">hidden</div>'
    )

    assert text == "Hello Ada\n\n- one\n- two\n\nhere (https://x.example) Logo\n"


def test_a_text_template_gets_a_page_with_links():
    page = plain_text.page_of("Hi <Ada>\n\nsee https://x.example/a?b=1&c=2.", "en")

    assert "Hi &lt;Ada&gt;" in page
    assert '<a href="https://x.example/a?b=1&amp;c=2">https://x.example/a?b=1&amp;c=2</a>.' in page


LOCALES = [
    ("es-MX", ["es", "en"]),
    ("fr", ["es", "en"]),
    ("en", ["en", "es"]),
    (None, ["es", "en"]),
]


@pytest.mark.parametrize(("customer", "order"), LOCALES)
def test_the_language_falls_back_from_customer_to_shop_to_english(customer, order):
    assert content.locale_order(customer, "es", {"en": {}, "es": {}}) == order


@pytest.mark.parametrize("key", sorted(starters()))
def test_every_starter_template_can_be_published_in_both_languages(key):
    starter = starters()[key]
    ready, problems = content.compiled(starter.channel, starter.locales)

    assert problems == []
    assert content.publish_problems(starter.kind, ready) == []
    assert set(ready) == {"es", "en"}


@pytest.mark.parametrize("key", sorted(starters()))
def test_every_starter_template_can_be_filled_in_with_the_least_that_is_known(key):
    starter = starters()[key]
    ready, _ = content.compiled(starter.channel, starter.locales)
    sample = shapes.sample(starter.kind)
    bare = shapes.complete(starter.kind, {name: _bare(value) for name, value in sample.items()})

    for locale in ("es", "en"):
        said = content.render(ready[locale], starter.channel, {**bare, **READER}, locale)
        assert said.text.strip()
        assert "None" not in said.text


@pytest.mark.parametrize("key", sorted(starters()))
@pytest.mark.parametrize("locale", ["es", "en"])
def test_after_the_greeting_a_starter_template_begins_with_a_capital(key, locale):
    starter = starters()[key]
    ready, _ = content.compiled(starter.channel, starter.locales)
    said = content.render(ready[locale], starter.channel, {**shapes.sample(starter.kind), "locale": locale}, locale)
    lines = [line for line in said.text.splitlines() if line]

    for place, line in enumerate(lines):
        if line.startswith(("Hola", "Hello")):
            assert lines[place + 1].lstrip("¿¡")[0].isupper()


def _bare(value):
    if isinstance(value, dict):
        return dict.fromkeys(value)
    return [] if isinstance(value, list) else value


def test_every_kind_lists_its_names_for_an_editor():
    listed = {each["path"]: each["type"] for each in shapes.variables("order_confirmation")}

    assert listed["order.lines[].title"] == "text"
    assert listed["order.total"] == "money"
    assert listed["order.placed_at"] == "instant"
    json.dumps(listed)
