"""`make fuzz`: schemathesis with all checks and stateful links against a server of its own.

FUZZ_EXAMPLES scales the run (10 unless told; 200 is the full one of the design), FUZZ_ONLY narrows it to operations by a
regular expression. Values that a schema cannot rule out (a currency's decimals, a foreign cursor, a stale ETag) may be refused.
"""

import hashlib
import json
import os
import re
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
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]
checks.missing_required_header.expected-statuses = ["400", "401", "403", "404", "406", "409", "412", "415", "422", "428"]

[[operations]]
include-path-regex = '{literals}'
checks.unsupported_method.enabled = false

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
    failures, workers = os.environ.get("FUZZ_FAILURES", "50"), os.environ.get("FUZZ_WORKERS", "2")
    settings = SETTINGS.format(failures=failures, workers=workers, literals=literals())
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
        return subprocess.run(command, cwd=BUILD, check=False).returncode


def literals() -> str:
    """Paths such as /v1/exchanges/quote, which other methods read as the id of an exchange: not there, rather than not allowed."""
    paths = json.loads((ROOT / "openapi" / "openapi.json").read_text())["paths"]
    forms = [re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)) for path in paths]
    beside = [path for path in paths if sum(bool(form.fullmatch(path)) for form in forms) > 1 and "}" not in path[-1]]
    return "^(" + "|".join(beside).replace("{", "[{]").replace("}", "[}]") + ")$"


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
