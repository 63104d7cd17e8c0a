"""The table of faults: every one has its row, and a run that broke off does not keep the figures of an earlier one."""

import re

import pytest

import figures

ROWS = "| F1 | a fault | a figure | 0 lost | yes |\n| F2 | another | a figure | 0 lost | yes |\n"


@pytest.fixture
def table(tmp_path, monkeypatch):
    path = tmp_path / "reliability.md"
    path.write_text(ROWS)
    monkeypatch.setattr(figures, "TABLE", path)
    monkeypatch.setattr(figures, "_told", set())
    return path


def test_all_seventeen_faults_and_the_soak_have_one_row():
    rows = re.findall(r"^\| (F[0-9]+|Soak) ", figures.TABLE.read_text(), re.MULTILINE)
    assert rows == [*(f"F{number}" for number in range(1, 18)), "Soak"]


def test_a_missed_figure_is_written_down_and_fails(table):
    with pytest.raises(AssertionError, match="F1: 3 lost"):
        figures.record("F1", "3 lost", passed=False)
    assert re.match(
        r"\| F1 \| a fault \| a figure \| 3 lost \(load [0-9]+\) \| NO \|\n\| F2 .* yes \|\n$", table.read_text()
    )


def test_what_broke_off_is_no_success(table):
    figures.note_broken_off("F2", "the API does not answer")
    assert "broken off: the API does not answer" in table.read_text()
    assert table.read_text().rstrip().endswith("NO |")


def test_what_was_told_is_not_told_otherwise_by_its_own_failure(table):
    with pytest.raises(AssertionError):
        figures.record("F1", "3 lost", passed=False)
    figures.note_broken_off("F1", "AssertionError")
    assert "3 lost" in table.read_text()


def test_a_fault_without_a_row_is_a_mistake(table):
    with pytest.raises(ValueError, match="not enough values"):
        figures.record("F99", "0 lost", passed=True)
