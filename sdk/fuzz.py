"""`make fuzz`: schemathesis with all checks and stateful links against a server of its own.

The parts of the document (its tags) are asked side by side, each line of them against a server of its own (FUZZ_PROCESSES;
all cores but one); one part follows the links between all operations. FUZZ_EXAMPLES scales the run (10 unless told; 200 is the
full one of the design), FUZZ_PARTS names parts, FUZZ_ONLY narrows it to operations by a regular expression. The shops have one of everything, and most
ids that are asked about are of what is there. Values that a schema cannot rule out (a currency's decimals, a foreign cursor, a stale ETag) may be refused.
A 503 is documented (load is shed with Retry-After) and no fault of a schema; but more than one in a hundred answers is one of the server.
Each process asks with one thread: Python 3.11 may break when two parse source code at once, which hypothesis does.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import venv
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import furnishing
import live

ROOT = Path(__file__).resolve().parent.parent
SDK = ROOT / "sdk"
BUILD = ROOT / ".build" / "fuzz"
SETTINGS = """
max-failures = {failures}
workers = 1
request-timeout = 20
checks.enabled = true
checks.positive_data_acceptance.expected-statuses = ["2xx", "304", "400", "401", "403", "404", "409", "410", "412", "422", "428", "429", "503"]
checks.negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "410", "412", "413", "415", "422", "428", "429", "503"]
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]
checks.missing_required_header.expected-statuses = ["400", "401", "403", "404", "406", "409", "412", "415", "422", "428"]

# Whoever deletes one of these puts it away: it can be read, so that what came of it stays explained, and brought back.
[[operations]]
include-path-regex = "^/v1/(orders|products|templates)/"
checks.use_after_free.enabled = false

[phases.examples]
enabled = true

[phases.coverage]
enabled = true

[phases.fuzzing]
enabled = true

[phases.stateful]
enabled = true
"""
# They open doors to other shops, end the key that the run itself uses, or wait for the outside.
LEFT_OUT = "^(create_shop|rotate_api_key|revoke_api_key|move_sandbox_clock|receive_delivery|deliver_mail|.*_public_.*)$"
LINKS = "links"
# Between all operations only the document's own links are followed: guessed ones would be too many to choose from.
PROMISED_LINKS = """
[phases.stateful.inference]
algorithms = []

"""
PRINTING = threading.Lock()


def main() -> int:
    """0 when nothing failed: each part of the document was asked, then all operations along their links."""
    live.sweep_on_term()
    install()
    parts = [LINKS, *tags()] if not os.environ.get("FUZZ_ONLY") else ["only"]
    chosen = os.environ.get("FUZZ_PARTS")
    waiting: SimpleQueue[str] = SimpleQueue()
    for part in chosen.split(",") if chosen else parts:
        waiting.put(part)
    at_once = int(os.environ.get("FUZZ_PROCESSES") or max(1, (os.cpu_count() or 2) - 1))
    with ThreadPoolExecutor(at_once) as lines:
        try:
            outcomes = list(lines.map(partial(take_turns, waiting), range(min(at_once, waiting.qsize()))))
        finally:
            with suppress(Empty):
                while True:
                    waiting.get_nowait()
    answers = sum((each.answers for each in outcomes), Counter[int]())
    return max(shed(answers), *(each.code for each in outcomes))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The worst exit code of one line of runs, and how often its server gave which status."""

    code: int
    answers: Counter[int]


def take_turns(waiting: "SimpleQueue[str]", line: int) -> Outcome:
    """Parts one after the other against one server, until none is waiting."""
    build, code = BUILD / f"line-{line}", 0
    with live.shop(build, AFTERSALES_RATE_LIMIT="100000000") as shop:
        there = furnishing.furnish(shop["base_url"], shop["api_key"])
        while True:
            try:
                part = waiting.get_nowait()
            except Empty:
                return Outcome(code, answered(build))
            code = max(code, ask(shop, there, build, part))


def ask(shop: dict[str, Any], there: str, build: Path, part: str) -> int:
    """schemathesis over one part of the document; what it wrote is printed in one piece."""
    failures, examples = os.environ.get("FUZZ_FAILURES", "50"), os.environ.get("FUZZ_EXAMPLES", "10")
    settings = SETTINGS.format(failures=failures) + (PROMISED_LINKS if part == LINKS else "") + there
    (build / "schemathesis.toml").write_text(settings)
    command = [
        *(str(BUILD / "venv" / "bin" / "schemathesis"), "--config-file", "schemathesis.toml", "run"),
        *(f"{shop['base_url']}/openapi.json", "--url", shop["base_url"]),
        *("--max-examples", examples, "--suppress-health-check", "all"),
        *("--header", f"Authorization: Bearer {shop['api_key']}", "--exclude-operation-id-regex", LEFT_OUT),
        *narrowed(part),
    ]
    began = time.monotonic()
    ran = subprocess.run(command, cwd=build, check=False, capture_output=True, text=True)
    (BUILD / f"{part}.txt").write_text(ran.stdout + ran.stderr)
    with PRINTING:
        told = ran.stdout[ran.stdout.find("=== FAILURES") :] if ran.returncode else ""
        cases = re.findall(r"^ +([0-9,]+ generated.*)$", ran.stdout, re.MULTILINE)
        sys.stdout.write(f"{part}: exit {ran.returncode}, {time.monotonic() - began:.0f} s, {' '.join(cases)}\n{told}")
        sys.stdout.flush()
    return ran.returncode


def narrowed(part: str) -> tuple[str, ...]:
    """What is asked in one part, and in which phases: the tool calls it an error to look for links where there are none."""
    phases = "examples,coverage,fuzzing"
    if only := os.environ.get("FUZZ_ONLY"):
        return "--phases", phases, "--include-operation-id-regex", only
    if part == LINKS:
        return "--phases", "stateful"
    return "--phases", f"{phases},stateful" if is_linked(part) else phases, "--include-tag", part


def tags() -> list[str]:
    """The parts of the document, the largest first."""
    return [tag for tag, _ in Counter(one["tags"][0] for one in operations()).most_common()]


def is_linked(tag: str) -> bool:
    """Whether an answer of the part leads to an operation of the part."""
    inside = [one for one in operations() if one["tags"][0] == tag]
    links = [link for one in inside for answer in one["responses"].values() for link in answer.get("links", ())]
    return any(one["operationId"] in links for one in inside)


@cache
def operations() -> list[dict[str, Any]]:
    """The operations of the document."""
    document = json.loads((ROOT / "openapi" / "openapi.json").read_text())
    return [one for path in document["paths"].values() for one in path.values()]


def answered(build: Path) -> Counter[int]:
    """How often the server gave which status: every answer stands in its log."""
    counts = Counter[int]()
    with (build / "live.log").open() as lines:
        for line in lines:
            if line.startswith("{"):
                entry = json.loads(line)
                if entry.get("event") == "request" and entry["operation"] not in {"readyz", "healthz"}:
                    counts[entry["status"]] += 1
    return counts


def shed(counts: Counter[int]) -> int:
    """1 when the servers refused more than they may for load, or had a fault."""
    faults = sum(count for status, count in counts.items() if status >= 500 and status != 503)
    sys.stdout.write(f"{counts.total()} answers, {counts[503]} refused for load, {faults} faults\n")
    return int(faults > 0 or counts[503] * 100 > counts.total())


def install() -> None:
    """schemathesis in an environment of its own, when its pin changed."""
    pins = SDK / "fuzz-requirements.txt"
    mark = BUILD / hashlib.sha256(pins.read_bytes()).hexdigest()[:16]
    if mark.exists():
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    venv.create(BUILD / "venv", with_pip=True)
    pip = [str(BUILD / "venv" / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(pins)], check=True)
    mark.touch()


if __name__ == "__main__":
    sys.exit(main())
