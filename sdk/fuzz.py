"""`make fuzz`: schemathesis with all checks and stateful links against a server of its own.

FUZZ_EXAMPLES scales the run (10 unless told; 200 is the full one of the design), FUZZ_ONLY narrows it to operations by a
regular expression. Values that a schema cannot rule out (a currency's decimals, a foreign cursor, a stale ETag) may be refused.
A 503 is documented (load is shed with Retry-After) and no fault of a schema; but more than one in a hundred answers is one of the server.
One thread asks (FUZZ_WORKERS): Python 3.11 may break when two parse source code at once, which hypothesis does.
"""

import hashlib
import json
import os
import subprocess
import sys
import venv
from collections import Counter
from pathlib import Path

import live

ROOT = Path(__file__).resolve().parent.parent
SDK = ROOT / "sdk"
BUILD = ROOT / ".build" / "fuzz"
SETTINGS = """
max-failures = {failures}
workers = {workers}
request-timeout = 20
checks.positive_data_acceptance.expected-statuses = ["2xx", "304", "400", "401", "403", "404", "409", "410", "412", "422", "428", "429", "503"]
checks.negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "410", "412", "413", "415", "422", "428", "429", "503"]
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]
checks.missing_required_header.expected-statuses = ["400", "401", "403", "404", "406", "409", "412", "415", "422", "428"]

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


def main() -> int:
    """The exit code of schemathesis: 0 when nothing failed."""
    examples = os.environ.get("FUZZ_EXAMPLES", "10")
    install()
    failures, workers = os.environ.get("FUZZ_FAILURES", "50"), os.environ.get("FUZZ_WORKERS", "1")
    settings = SETTINGS.format(failures=failures, workers=workers)
    (BUILD / "schemathesis.toml").write_text(settings)
    with live.shop(BUILD, AFTERSALES_RATE_LIMIT="100000000") as shop:
        command = [
            *(str(BUILD / "venv" / "bin" / "schemathesis"), "--config-file", "schemathesis.toml", "run"),
            *(
                f"{shop['base_url']}/openapi.json",
                "--checks",
                "all",
                "--max-examples",
                examples,
                "--url",
                shop["base_url"],
            ),
            *("--header", f"Authorization: Bearer {shop['api_key']}", "--exclude-operation-id-regex", LEFT_OUT),
            *("--suppress-health-check", "all"),
        ]
        if only := os.environ.get("FUZZ_ONLY"):
            command += ["--include-operation-id-regex", only]
        code = subprocess.run(command, cwd=BUILD, check=False).returncode
    return code or shed()


def shed() -> int:
    """1 when the server refused more than it may for load, or had a fault: every answer stands in its log."""
    counts = Counter[int]()
    for line in (BUILD / "live.log").read_text().splitlines():
        if line.startswith("{"):
            told = json.loads(line)
            if told.get("event") == "request" and told["operation"] not in {"readyz", "healthz"}:
                counts[told["status"]] += 1
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
