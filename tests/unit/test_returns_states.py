"""Every status, every verb, every actor: only what returns.md 2.2 lists is possible (scenario 12)."""

import itertools

import pytest

from aftersales_api.kit.actors import ActorNotAllowed, Role
from aftersales_api.kit.states import InvalidTransition
from aftersales_api.returns import states
from aftersales_api.returns.states import ShippingStatus, shipping_after

LETTER = {"C": "customer", "A": "agent", "W": "warehouse", "M": "manager", "S": "system", "X": "webhook"}
TABLES = {
    "RETURN": """
        requested ask_info needs_info AS; needs_info provide_info requested CA; requested approve approved AS
        requested,needs_info decline declined AS; requested,needs_info,approved cancel cancelled CA
        approved expire expired S; expired,declined,completed reopen approved M; approved complete completed SA""",
    "REFUND": """
        pending send processing S; processing succeed succeeded SX; processing fail failed SX; processing time_out pending S
        failed retry pending AS; pending cancel cancelled A; pending confirm succeeded M""",
    "CLAIM": """
        submitted ask_evidence needs_evidence A; needs_evidence provide_evidence under_review CA
        submitted review under_review AS; under_review approve approved A; under_review reject rejected A
        approved start_resolving resolving S; resolving resolve resolved SA
        submitted,needs_evidence,under_review cancel cancelled C; rejected appeal appealed C; appealed review under_review A""",
    "EXCHANGE": """
        requested approve approved AS; approved await_return awaiting_return S; approved await_payment awaiting_payment S
        approved hold ready S; awaiting_return,awaiting_payment make_ready ready WXS; ready order replacement_ordered S
        replacement_ordered ship shipped X; shipped complete completed XS
        requested,approved,awaiting_return,awaiting_payment,ready cancel cancelled AC; replacement_ordered cancel cancelled A
        requested,approved,awaiting_return,awaiting_payment,ready,replacement_ordered out_of_stock converted_to_refund SA
        shipped overdue return_overdue S; return_overdue charge charged S; return_overdue waive waived M""",
}


def legal(table):
    found = {}
    for row in table.replace("\n", ";").split(";"):
        if row.strip():
            sources, verb, target, letters = row.split()
            for source, letter in itertools.product(sources.split(","), letters):
                found[source, verb, LETTER[letter]] = target
    return found


@pytest.mark.parametrize("name", TABLES)
def test_only_the_moves_of_the_table_are_possible(name):
    machine, allowed = getattr(states, name), legal(TABLES[name])
    verbs = {each.verb for each in machine.steps}
    assert verbs == {verb for _, verb, _ in allowed}
    for status, verb, role in itertools.product(type(machine.start), verbs, Role):
        target = allowed.get((status.value, verb, role.value))
        if target is not None:
            assert machine.move(status, verb, role).value == target
            continue
        is_legal_for_others = any(key[:2] == (status.value, verb) for key in allowed)
        with pytest.raises(ActorNotAllowed if is_legal_for_others else InvalidTransition) as refused:
            machine.move(status, verb, role)
        if not is_legal_for_others:
            assert refused.value.facts["allowed_events"] == machine.next(status)


def test_a_late_scan_never_moves_a_parcel_back():
    assert shipping_after(ShippingStatus.DELIVERED, ShippingStatus.IN_TRANSIT) is ShippingStatus.DELIVERED
    assert shipping_after(ShippingStatus.LABEL_CREATED, ShippingStatus.DELIVERED) is ShippingStatus.DELIVERED
