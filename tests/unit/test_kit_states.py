"""Lifecycles: legal moves, refused moves with the verbs that are legal instead, and tables that prove themselves."""

from enum import StrEnum

import pytest

from aftersales_api.kit.states import InvalidTransition, Lifecycle


class R(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    RECEIVED = "received"
    REJECTED = "rejected"


MOVES = {
    "approve": (frozenset({R.REQUESTED}), R.APPROVED),
    "reject": (frozenset({R.REQUESTED, R.APPROVED}), R.REJECTED),
    "receive": (frozenset({R.APPROVED}), R.RECEIVED),
}
RETURN = Lifecycle(start=R.REQUESTED, moves=MOVES)


def test_a_legal_verb_leads_to_its_status():
    assert RETURN.move(R.REQUESTED, "approve") is R.APPROVED


def test_the_next_legal_verbs_are_told_sorted():
    assert RETURN.next(R.APPROVED) == ["receive", "reject"]


@pytest.mark.parametrize("verb", ["receive", "fly"])
def test_an_illegal_verb_is_refused_with_the_legal_ones(verb):
    with pytest.raises(InvalidTransition) as refusal:
        RETURN.move(R.REQUESTED, verb)
    assert (refusal.value.status, refusal.value.code) == (409, "invalid_transition")
    assert refusal.value.facts == {"current_status": "requested", "verb": verb, "allowed_events": ["approve", "reject"]}


def test_the_refusal_is_a_sentence_in_plain_words():
    with pytest.raises(InvalidTransition, match="'receive' is not possible while the status is 'requested'"):
        RETURN.move(R.REQUESTED, "receive")


def test_a_status_read_from_the_database_as_text_is_the_same():
    assert RETURN.move("requested", "approve") is R.APPROVED


def test_a_status_without_verbs_is_final():
    assert [status for status in R if RETURN.is_final(status)] == [R.RECEIVED, R.REJECTED]


def test_a_table_with_a_status_that_no_verb_leads_to_does_not_start():
    moves = {verb: move for verb, move in MOVES.items() if verb != "reject"}
    with pytest.raises(ValueError, match=r"unreachable statuses: .*rejected"):
        Lifecycle(start=R.REQUESTED, moves=moves)


def test_a_ring_of_statuses_that_the_start_never_reaches_does_not_start():
    island = {
        "approve": (frozenset({R.REQUESTED}), R.APPROVED),
        "receive": (frozenset({R.REJECTED}), R.RECEIVED),
        "reject": (frozenset({R.RECEIVED}), R.REJECTED),
    }
    with pytest.raises(ValueError, match="unreachable statuses"):
        Lifecycle(start=R.REQUESTED, moves=island)


def test_a_second_way_in_may_be_named():
    moves = {"approve": MOVES["approve"], "receive": MOVES["receive"]}
    lifecycle = Lifecycle(start=R.REQUESTED, moves=moves, entries=frozenset({R.REJECTED}))
    assert lifecycle.next(R.REJECTED) == []
