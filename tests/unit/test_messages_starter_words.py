"""What the starter mails say when little is known."""

import pytest

from aftersales_api.messages.policy import content, shapes
from aftersales_api.messages.policy.starters import starters


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
