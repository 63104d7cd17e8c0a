"""The image, as far as it can be judged without a daemon: what its file says, and that its steps leave nothing to compile."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINES = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
ORDERS = [line.split(None, 1) for line in LINES if line.strip() and not line.startswith("#")]
LAST = ORDERS[max(place for place, order in enumerate(ORDERS) if order[0] == "FROM") :]


def values(name, orders=ORDERS):
    return [order[1] for order in orders if order[0] == name]


def test_it_runs_as_nobody_s_own_user_one_process_by_exec():
    assert values("USER", LAST) == ["10001"]
    assert values("ENTRYPOINT", LAST) == ['["python", "-m", "aftersales_api"]']
    assert values("CMD", LAST) == ['["api"]']
    assert "/healthz" in values("HEALTHCHECK", LAST)[0]


def test_it_installs_only_what_is_hashed_and_keeps_no_secret():
    install = next(order for order in values("RUN") if "pip install" in order)
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install
    assert not values("ADD")
    assert [each.partition("=")[0] for each in values("ARG")] == ["REQUIREMENTS"]
    assert not re.search(r"(?i)(secret|pepper|password|token)", " ".join(values("ENV")))


def test_what_it_copies_exists_and_holds_no_tests_and_no_server():
    for order in values("COPY"):
        if "--from=" not in order:
            assert all((ROOT / source).exists() for source in order.split()[:-1]), order
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", ".data", "tests"} <= set(ignored)
    for name in ("production.txt", "production-otel.txt"):
        text = (ROOT / "requirements" / name).read_text()
        assert "pgserver" not in text
        assert "pytest" not in text


def test_nothing_is_left_to_compile_when_it_starts(tmp_path):
    for folder in ("src", "migrations"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    step = next(order for order in values("RUN") if "compileall" in order).replace("/venv/lib ", "")
    command = [sys.executable, *step.split()[1:]]
    subprocess.run(command, cwd=tmp_path, check=True)
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "src"), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": ""}
    env.pop("PYTHONPYCACHEPREFIX")
    started = subprocess.run(
        [sys.executable, "-v", "-c", "import aftersales_api.cli.serving, aftersales_api.cli.working"],
        cwd=tmp_path, env=env, check=True, capture_output=True, text=True,
    )  # fmt: skip
    ours = [line for line in started.stderr.splitlines() if str(tmp_path) in line]
    assert len([line for line in ours if line.startswith("# code object from '") and line.endswith(".pyc'")]) > 400
    assert [line for line in ours if line.startswith("# code object from '") and line.endswith(".py'")] == []
