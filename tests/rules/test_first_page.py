"""The README and the pages of `docs` name only what is there, and the README's first calls are answered."""

import re
import shlex
from pathlib import Path

import pytest

from aftersales_api.infra.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "bench").glob("*.md"))]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
CALLS = [shlex.split(line) for line in README.splitlines() if line.startswith("curl ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_targets_links_and_settings_that_a_page_names_are_there(page):
    text = page.read_text()
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= TARGETS
    linked = [each.partition("#")[0] for each in re.findall(r"\]\(([^)]+)\)", text) if "://" not in each]
    assert [each for each in linked if not (page.parent / each).exists()] == []
    named = {each.lower() for each in re.findall(r"AFTERSALES_([A-Z_]+[A-Z])", text)}
    assert named <= set(Settings.model_fields) | {"test_pgdata", "examples"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_a_page_names_are_there(page):
    named = set(re.findall(r"`([a-z_]+/[\w/]+\.(?:py|md|json))`", page.read_text()))
    roots = (ROOT, ROOT / "src/aftersales_api", page.parent)
    assert [each for each in named if not any((root / each).exists() for root in roots)] == []


def test_the_map_names_every_package():
    (drawn,) = re.findall(r"## The map\n\n```\n(.*?)```", README, re.DOTALL)
    packages = {path.parent.name for path in (ROOT / "src/aftersales_api").glob("*/__init__.py")}
    assert packages <= set(re.findall(r"\w+", drawn))


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
async def test_the_first_calls_are_answered(lab, call):
    address = next(each for each in call if each.startswith("localhost:8000"))
    body = call[call.index("-d") + 1] if "-d" in call else None
    headers = {"Content-Type": "application/json"} if body else {}
    path = address.removeprefix("localhost:8000")
    answer = await lab.client.request("POST" if body else "GET", path, content=body, headers=headers)
    assert answer.status_code == 200, answer.text
