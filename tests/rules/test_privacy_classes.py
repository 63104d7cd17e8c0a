"""Every column of every table says what it tells of people (reliability.md, section 9)."""

import pytest
from sqlalchemy import Column, MetaData, String, Table, Text, Uuid

from aftersales_api.infra.db import Base
from aftersales_api.infra.privacy import NONE, PII, Kind, kind_of, personal, unclassified
from aftersales_api.privacy.queries.reach import is_reachable

TABLES = Base.metadata.tables
APPEND_ONLY = Base.metadata.info["append_only"]
PERSONAL_NAMES = {
    "email",
    "phone",
    "first_name",
    "last_name",
    "to_address",
    "to_name",
    "body",
    "body_html",
    "html",
    "text",
}
PERSONAL_NAMES |= {"note", "comment", "description", "customer_note", "value_text", "user_agent", "address", "photos"}
OF_THE_SHOP = {
    "channel_accounts.address": "where the shop itself is written to",
    "kb_article_translations.body": "what the shop publishes",
    "webhook_endpoints.description": "what the shop calls its endpoint",
}


def test_every_column_is_classed():
    assert list(unclassified(TABLES)) == [], "say `info=` NONE, PSEUDONYM, STAFF, SECRET or PII at the column"


def test_a_new_column_without_a_class_is_found():
    planted = Table(
        "planted", MetaData(), Column("id", Uuid), Column("nickname", Text), Column("code", String(8), info=NONE)
    )
    assert list(unclassified({"planted": planted})) == ["planted.nickname"]


def test_what_is_named_like_a_persons_is_classed_as_a_persons():
    found = [
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if column.name in PERSONAL_NAMES and kind_of(column) in {Kind.NONE, Kind.PSEUDONYM}
    ]
    assert set(found) == set(OF_THE_SHOP)


def test_sealed_texts_and_hashes_of_tokens_are_secrets():
    for table in TABLES.values():
        for column in table.columns:
            if column.name.endswith(("_sealed", "key_hash", "token_hash", "address_hash")) or column.name == "hash":
                assert kind_of(column) == Kind.SECRET, f"{table.name}.{column.name}"


@pytest.mark.parametrize("name", sorted(APPEND_ONLY))
def test_history_lets_an_erasure_redact_what_is_personal(name):
    personal = {column.name for column in TABLES[name].columns if kind_of(column) == Kind.PII}
    assert personal <= set(APPEND_ONLY[name])


@pytest.mark.parametrize("name", sorted(name for name, table in TABLES.items() if personal(table)))
def test_everything_personal_can_be_reached_from_its_person(name):
    assert is_reachable(TABLES[name]), f"{name}: name a customer or an order, point to what does, or say `reached_by`"
    assert {"shop_id", "id"} <= set(TABLES[name].c.keys()), f"{name}: its rows cannot be named"


def test_what_nobody_can_be_led_to_is_found():
    planted = Table("planted", MetaData(), Column("id", Uuid), Column("nickname", Text, info=PII))
    assert not is_reachable(planted)
