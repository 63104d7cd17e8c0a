"""CSV that says what was meant, and never what a spreadsheet would calculate."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.kit import spreadsheet

HEAD = ["a", "b", "c"]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.builds(str.__add__, st.sampled_from("=+-@\t\r"), st.text(st.characters(exclude_categories=["Cs"]), max_size=9)),
)
CELLS = st.one_of(TEXTS.filter(lambda text: "\0" not in text), st.integers(), st.none())


def meant(value):
    """The rule, said once more: an apostrophe before a trigger, nothing else."""
    if isinstance(value, str) and value[:1] and value[0] in "=+-@\t\r\0":
        return "'" + value
    return "" if value is None else str(value)


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8))
def test_what_is_read_again_is_what_was_written_with_only_the_apostrophe(rows):
    assert read(spreadsheet.table(HEAD, rows)) == [HEAD, *([meant(each) for each in row] for row in rows)]


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=8))
def test_no_text_begins_with_what_a_spreadsheet_calculates(rows):
    written = [cell for row in read(spreadsheet.table(HEAD, rows))[1:] for cell in row]
    assert not [cell for cell in written if cell.startswith(spreadsheet.TRIGGERS)]


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1"])
def test_each_way_to_begin_a_formula_is_disarmed(formula):
    assert spreadsheet.cell(formula) == "'" + formula


@pytest.mark.parametrize("harmless", ["", "1-1", " =1", "'=1", "a@b.example", -5, 0])
def test_what_is_no_formula_stays_as_it_is(harmless):
    assert spreadsheet.cell(harmless) == harmless


def test_lines_end_as_rfc_4180_has_it():
    assert spreadsheet.table(["a", "b"], [["x,y", 'he said "no"']]) == 'a,b\r\n"x,y","he said ""no"""\r\n'
