"""A fault that could not be played to its end must not keep the figures of an earlier run."""

import re
from collections.abc import Generator
from typing import Any

import pytest

import figures


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    fault = re.match(r"test_f([0-9]+)_", item.name)
    if fault and report.failed:
        reason = (str(report.longrepr).strip().splitlines() or [""])[-1]
        figures.note_broken_off(f"F{fault[1]}", reason[:160])
