"""Refunds of a source that lists all of them in every snapshot: what the newest list lacks was taken back."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.kit.money import Money
from aftersales_api.orders import facts
from orders_history import fresh_dossier, seen, take

NAMES = ("R1", "R2", "R3")
LISTS = st.dictionaries(st.integers(0, 9), st.sets(st.sampled_from(NAMES)), min_size=1, max_size=6)


def listing(version: int, names: set[str]) -> facts.OrderSeen:
    refunds = tuple(facts.RefundSaid(external_id=name, amount=Money(100, "EUR")) for name in sorted(names))
    return seen(version, refunds=refunds, lists_all_refunds=True)


@given(LISTS, st.data())
def test_any_order_of_lists_ends_as_the_newest_says_and_tells_each_thing_once(
    lists: dict[int, set[str]], data: Any
) -> None:
    snapshots = [listing(version, names) for version, names in lists.items()]
    again = data.draw(st.lists(st.sampled_from(snapshots), max_size=4))
    dossier = fresh_dossier()
    told = [moment.key for fact in data.draw(st.permutations(snapshots + again)) for moment in take(dossier, fact)]

    newest = lists[max(lists)]
    standing = {name for name, refund in dossier.refunds.items() if refund.status == "succeeded"}
    assert (standing, set(dossier.refunds)) == (newest, set().union(*lists.values()))
    assert len(told) == len(set(told))
    recorded = {key.removeprefix("refund.recorded:") for key in told if key.startswith("refund.recorded:")}
    withdrawn = {key.removeprefix("refund.withdrawn:") for key in told if key.startswith("refund.withdrawn:")}
    assert recorded - newest <= withdrawn <= recorded
    assert newest <= recorded
