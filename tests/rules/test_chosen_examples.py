"""`make examples` chooses the same from the same, changes only what changed, and shows nothing that should not be seen."""

import copy
import json
import sys
from pathlib import Path

import pytest

import tidy

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def choosing(monkeypatch):
    """sdk/examples.py, which bears the same name as what notes the examples."""
    noting = sys.modules.pop("examples")
    monkeypatch.syspath_prepend(str(ROOT / "sdk"))
    import examples

    yield examples
    sys.modules["examples"] = noting


def a_line(name, weight, **parts):
    return json.dumps({"kind": ["operation", name], "weight": weight, **parts})


@pytest.mark.parametrize("turned", [False, True])
def test_the_lightest_is_taken_whoever_noted_it(choosing, tmp_path, turned):
    lines = [a_line("get_case", [True, 3, "b"], answer="heavy"), a_line("get_case", [False, 9, "a"], answer="light")]
    for number, line in enumerate(lines[::-1] if turned else lines):
        (tmp_path / f"{number}.jsonl").write_text(line + "\n")
    assert choosing.lightest(tmp_path)["operation", "get_case"]["answer"] == "light"


OLD = {
    "id": "cas_01k00000000000000000000001",
    "status": "new",
    "created_at": "2026-06-01T08:00:00Z",
    "minutes": 4,
    "note": None,
}


@pytest.mark.parametrize(
    ("change", "is_kept"),
    [
        ({"created_at": "2026-07-02T09:00:00Z", "minutes": 5}, True),
        ({"status": "open"}, False),
        ({"note": "Called"}, False),
        ({"more": 1}, False),
    ],
)
def test_what_says_the_same_leaves_the_example_as_it_is(choosing, change, is_kept):
    fresh = {**OLD, **change}
    assert choosing.kept(OLD, fresh, lambda _: True) == (OLD if is_kept else fresh)


def test_what_no_longer_fits_the_document_is_not_kept(choosing):
    assert choosing.kept(OLD, None, lambda _: False) is None
    assert choosing.kept(OLD, {"status": 1}, lambda value: value is OLD) == OLD


def test_an_operations_own_refusal_tells_more_than_a_common_one(choosing):
    codes = ["scope_missing", "invalid_request", "return_window_closed", "not_found"]
    assert sorted(codes, key=choosing.dull) == ["return_window_closed", "not_found", "invalid_request", "scope_missing"]


def test_what_is_shown_has_no_secret_no_fraction_and_small_numbers_for_ids():
    said = {
        "id": "cas_01m81hha4ykeqba44xefz27jmf",
        "again": "cas_01m81hha4ykeqba44xefz27jmf",
        "secret": "whsec_m4EBqPvW40z84t3SteT",
        "url": "https://luna.example/s/idQeb0mEBuCciLFHGF1rBBuAyHg",
        "instance": "/v1/public/surveys/idQeb0mEBuCciLFHGF1rBBuAyHg/answers",
        "file": "https://luna.example/slip.pdf",
        "at": "2026-06-01T08:00:00.169508Z",
        "items": list("abcd"),
        "variables": [{"path": "order.number", "type": "text", "example": "1001"}],
    }
    assert tidy.fit(copy.deepcopy(said), {}) == {
        "id": "cas_01k00000000000000000000001",
        "again": "cas_01k00000000000000000000001",
        "secret": "whsec_" + "x" * 24,
        "url": "https://luna.example/s/" + "x" * 12,
        "instance": "/v1/public/surveys/" + "x" * 12 + "/answers",
        "file": "https://luna.example/slip.pdf",
        "at": "2026-06-01T08:00:00Z",
        "items": ["a", "b"],
        "variables": [],
    }


def test_a_fuller_and_plainer_request_shows_more():
    full, brief = {"subject": "La tetera gotea", "order_id": "o"}, {"subject": "La tetera gotea"}
    makeshift = {"subject": "x", "order_id": "o-1"}
    assert tidy.weight({**full, "order_id": "o-1"}, {}) < tidy.weight(brief, {}) < tidy.weight(makeshift, {})
    assert tidy.weight(None, {"items": [1]}) < tidy.weight(None, {"items": []})
