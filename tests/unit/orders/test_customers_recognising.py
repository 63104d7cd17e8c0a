"""Who is who does not depend on the order in which people are seen."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_api.customers.policy.addresses import email_key
from aftersales_api.customers.policy.people import Book, CustomerKnown, Grave, Sighting
from aftersales_api.customers.policy.recognising import merge_named, recognise
from aftersales_api.customers.states import CustomerStatus

START = datetime(2026, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def seen(
    external_id: str | None = None, email: str | None = None, *, source: str = "shop", hour: int = 0, **members: object
) -> Sighting:
    return Sighting(
        source=source, external_id=external_id, email=email, version=START + timedelta(hours=hour), **members
    )  # type: ignore[arg-type]


def met(book: Book, sighting: Sighting) -> CustomerKnown:
    found = recognise(book, sighting, NOW)
    assert isinstance(found, CustomerKnown)
    return found


def partition(book: Book) -> set[tuple[frozenset[tuple[str, str]], str | None, bool]]:
    """The people, by what they are called and their address."""
    names: dict[object, set[tuple[str, str]]] = {}
    for key, identity in book.identities.items():
        names.setdefault(book.survivor(identity.customer_id).id, set()).add(key)
    living = [each for each in book.customers.values() if each.status is not CustomerStatus.MERGED]
    return {(frozenset(names.get(each.id, set())), each.email_key, each.is_guest) for each in living}


# Each name always has the same address; whether the source vouches for it may become known at any time.
ADDRESSES = {
    ("shop", "1"): "ada@x.com",
    ("shop", "2"): "bo@x.com",
    ("till", "1"): "ada@x.com",
    ("till", "9"): "bo@x.com",
}
registered = st.builds(
    lambda name, verified, hour: seen(name[1], ADDRESSES[name], source=name[0], hour=hour, email_verified=verified),
    st.sampled_from(sorted(ADDRESSES)),
    st.sampled_from([None, True]),
    st.integers(0, 9),
)
guests = st.builds(
    lambda email, hour: seen(None, email, hour=hour), st.sampled_from(["ada@x.com", "bo@x.com"]), st.integers(0, 9)
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(registered, guests), min_size=1, max_size=8), st.integers(0, 2**32))
def test_the_same_people_result_from_any_order(sightings: list[Sighting], seed: int) -> None:
    first, second = Book(), Book()
    mixed = sightings + random.Random(seed).choices(sightings, k=2)
    random.Random(seed).shuffle(mixed)
    for sighting in sightings:
        recognise(first, sighting, NOW)
    for sighting in mixed:
        recognise(second, sighting, NOW)

    assert partition(first) == partition(second)


def test_a_newer_address_replaces_the_older_whichever_comes_first() -> None:
    book = Book()
    met(book, seen("1", "new@x.com", hour=5))

    assert met(book, seen("1", "old@x.com", hour=1)).email == "new@x.com"


def test_another_address_must_be_vouched_for_anew() -> None:
    book = Book()
    met(book, seen("1", "ada@x.com", hour=1, email_verified=True))

    assert not met(book, seen("1", "eve@x.com", hour=2)).email_verified


def test_a_guest_does_not_become_an_account_that_merely_claims_the_address() -> None:
    book = Book()
    account = met(book, seen("1", "ada@x.com"))

    assert met(book, seen(None, "ada@x.com")).id != account.id


def test_a_guest_belongs_to_the_account_that_verified_the_address() -> None:
    book = Book()
    account = met(book, seen("1", "ada@x.com", email_verified=True))

    assert met(book, seen(None, "ADA@x.com ")).id == account.id


def test_a_guests_order_does_not_overwrite_an_accounts_name() -> None:
    book = Book()
    met(book, seen("1", "ada@x.com", email_verified=True, first_name="Ada"))

    assert met(book, seen(None, "ada@x.com", hour=9, first_name="Eve")).first_name == "Ada"


def test_who_was_merged_into_somebody_only_fills_blanks() -> None:
    book = Book()
    met(book, seen("1", "ada@x.com", first_name="Ada"))
    met(book, seen("2", "bo@x.com", last_name="Byron"))
    merge_named(book, "shop", "2", "1", START, NOW)
    survivor = met(book, seen("2", "bo@x.com", hour=9, first_name="Bo", phone="+34600"))

    assert (survivor.first_name, survivor.last_name, survivor.phone, survivor.email) == (
        "Ada",
        "Byron",
        "+34600",
        "ada@x.com",
    )


@pytest.mark.parametrize(("began", "is_grave"), [(0, True), (1, False)])
def test_a_forgotten_address_begins_again_with_what_is_newer_than_the_erasure(began: int, is_grave: bool) -> None:
    book = Book(graves={("email", "ada@x.com"): Grave(START, None)})
    found = recognise(book, seen(None, "ada@x.com", hour=9, began_at=START + timedelta(microseconds=began)), NOW)

    assert isinstance(found, Grave) is is_grave


def test_a_forgotten_identity_stays_forgotten() -> None:
    book = Book(graves={("identity", "shop|1"): Grave(START, None)})

    assert isinstance(recognise(book, seen("1", "new@x.com", hour=9, began_at=NOW), NOW), Grave)


@pytest.mark.parametrize(
    ("written", "key"),
    [(" Ada@X.com ", "ada@x.com"), ("no address", None), ("", None), (None, None), ("ａda@x.com", "ada@x.com")],
)
def test_addresses_are_compared_in_one_form(written: str | None, key: str | None) -> None:
    assert email_key(written) == key
