"""What mails say when little is known, and that they say something, in a language."""

import pytest

from aftersales_api.messages.policy import content, shapes
from aftersales_api.messages.policy.starters import starters
from aftersales_api.messages.states import Channel


def said(key, locale, **known):
    starter = starters()[key]
    ready, _ = content.compiled(starter.channel, starter.locales)
    context = shapes.complete(starter.kind, {**shapes.sample(starter.kind), **known})
    return content.render(ready[locale], starter.channel, {**context, "locale": locale}, locale)


@pytest.mark.parametrize("blank", ["", " ", None])
def test_a_name_left_blank_is_no_name(blank):
    customer = {**shapes.CUSTOMER, "first_name": blank}

    assert "Hola:" in said("order_confirmation", "es", customer=customer).text


def test_a_second_address_line_left_blank_leaves_no_comma():
    order = {**shapes.ORDER, "shipping_address": {**shapes.ADDRESS, "line2": ""}}

    assert "Calle Mayor 1\n" in said("order_confirmation", "es", order=order).text


@pytest.mark.parametrize(("locale", "promise"), [("es", "Sácale partido"), ("en", "Get the most out of")])
def test_tips_are_promised_only_where_there_are_some(locale, promise):
    assert promise in said("usage_tips", locale, guides=[]).subject
    assert promise in said("usage_tips", locale, tips=[]).subject
    assert promise not in said("usage_tips", locale, tips=[], guides=[]).subject


@pytest.mark.parametrize(("locale", "words"), [("es", "No recibir más mensajes"), ("en", "Stop these messages")])
def test_without_a_link_there_is_no_talk_of_stopping(locale, words):
    assert words in said("usage_tips", locale).text
    assert words not in said("usage_tips", locale, unsubscribe_url=None).text


def mjml(inner):
    return f"<mjml><mj-body><mj-section><mj-column>{inner}</mj-column></mj-section></mj-body></mjml>"


EMPTY = {
    "no column": {"mjml": "<mjml><mj-body><mj-section></mj-section></mj-body></mjml>"},
    "words outside of mj-text": {"mjml": mjml("Hello")},
    "only Liquid that says nothing": {"text": "{% if false %}Hello{% endif %} "},
}


@pytest.mark.parametrize("parts", EMPTY.values(), ids=EMPTY)
def test_a_mail_without_words_is_not_published(parts):
    ready, problems = content.compiled(Channel.EMAIL, {"en": {"subject": "Hello", **parts}})

    assert problems == []
    assert [each.code for each in content.publish_problems("general", ready)] == ["empty"]


@pytest.mark.parametrize("inner", ["<mj-text>Hello</mj-text>", '<mj-image src="https://luna.example/a.png" />'])
def test_words_or_a_picture_are_enough(inner):
    ready, _ = content.compiled(Channel.EMAIL, {"en": {"subject": "Hello", "mjml": mjml(inner)}})

    assert content.publish_problems("general", ready) == []


@pytest.mark.parametrize("locale", ["es", "es-MX", "en"])
def test_a_page_says_its_language(locale):
    ready, _ = content.compiled(Channel.EMAIL, {locale: {"subject": "Hello", "mjml": mjml("<mj-text>Hello</mj-text>")}})
    page = content.render(ready[locale], Channel.EMAIL, shapes.sample("general"), locale).html

    assert page is not None
    assert f'<html lang="{locale}"' in page
