"""What a worker's process loads: all it must know, and nothing of HTTP's operations."""

import json
import subprocess
import sys

import pytest

KNOWN = """
import json, sys
from aftersales_api.cli import {process}
from aftersales_api.infra.db import REFUSALS, Base
from aftersales_api.infra.event_log import CATALOGUE
known = {{"events": [*CATALOGUE], "tables": [*Base.metadata.tables], "refusals": [*REFUSALS], "modules": [*sys.modules]}}
print(json.dumps(known))
"""


def loaded(process: str) -> dict[str, set[str]]:
    """What a process of this kind knows once it has loaded."""
    ran = subprocess.run([sys.executable, "-c", KNOWN.format(process=process)], check=True, capture_output=True)
    return {name: set(found) for name, found in json.loads(ran.stdout).items()}


@pytest.fixture(scope="module")
def worker():
    return loaded("working")


def test_a_worker_knows_every_event_table_and_refusal_that_the_api_knows(worker):
    api = loaded("serving")
    for what in ("events", "tables", "refusals"):
        assert len(worker[what]) > 40, what
        assert worker[what] == api[what], what


def test_a_worker_loads_no_operations(worker):
    ours = {name for name in worker["modules"] if name.startswith("aftersales_api.")}
    assert len(ours) > 300
    assert [name for name in ours if ".routes" in name or name.startswith("aftersales_api.api")] == []
    assert "uvicorn" not in worker["modules"]
