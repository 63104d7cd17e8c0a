"""`make fuzz`: schemathesis with all checks and stateful links against a server of its own.

FUZZ_EXAMPLES scales the run (10 unless told; 200 is the full one of the design), FUZZ_ONLY narrows it to operations by a
regular expression. Values that a schema cannot rule out (a currency's decimals, a foreign cursor, a stale ETag) may be refused.
"""

import hashlib
import os
import subprocess
import sys
import venv
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
LEFT_OUT = "^(create_shop|rotate_api_key|revoke_api_key|move_sandbox_clock)$"


def main() -> int:
    """The exit code of schemathesis: 0 when nothing failed."""
    examples = os.environ.get("FUZZ_EXAMPLES", "10")
    install()
    settings = SETTINGS.format(
        failures=os.environ.get("FUZZ_FAILURES", "50"), workers=os.environ.get("FUZZ_WORKERS", "2")
    )
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
            *("--exclude-path-regex", "^/v1/public/|^/v1/inbound/", "--suppress-health-check", "all"),
        ]
        if only := os.environ.get("FUZZ_ONLY"):
            command += ["--include-operation-id-regex", only]
        return subprocess.run(command, cwd=BUILD, check=False).returncode


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
