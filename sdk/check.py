"""`make sdk-check`: every client generator and linter takes the document, every operation and schema is in each client.

Tools are installed under `.build/sdk` from sdk/package.json and sdk/requirements.txt, once for each change of those files.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import live
import presence

ROOT = Path(__file__).resolve().parent.parent
SDK = ROOT / "sdk"
BUILD = ROOT / ".build" / "sdk"
DOCUMENT = ROOT / "openapi" / "openapi.json"
NODE = BUILD / "node_modules" / ".bin"
PYTHON = BUILD / "venv" / "bin"
# What a generator may say without anything being wrong with the document.
HARMLESS = re.compile(
    r"3\.1 support is still in beta|Failed to get the schema name: null|Ignoring complex example on request"
    r"|(From|Class) \(reserved word\)"  # names of parameters, not of schemas
)
GENERATED = {
    "python": "packageName=aftersales_generated",
    "typescript-fetch": "supportsES6=true",
    "java": "library=native,hideGenerationTimestamp=true",
}


def main() -> int:
    """0 when all passed; the table says what did not."""
    live.sweep_on_term()
    install()
    steps = [lint, typescript, python_client, *(lambda name=name: generator(name) for name in GENERATED)]
    with ThreadPoolExecutor(4) as side_by_side:
        results = [each.result() for each in [side_by_side.submit(step) for step in steps]]
    found = [line for lines in results for line in lines]
    found.append(
        ("every operation and schema in each client", presence.missing(json.loads(DOCUMENT.read_text()), BUILD))
    )
    if not any(wrong for _, wrong in found):
        found += stories()
    for name, wrong in found:
        print(f"{'FAIL' if wrong else 'ok':<5} {name}")
        if wrong:
            print("      " + wrong[-3000:].replace("\n", "\n      "))
    return int(any(wrong for _, wrong in found))


def install() -> None:
    """The tools, when their pins changed."""
    pins = b"".join((SDK / name).read_bytes() for name in ("package.json", "requirements.txt"))
    mark = BUILD / hashlib.sha256(pins).hexdigest()[:16]
    if mark.exists():
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    shutil.copy(SDK / "package.json", BUILD)
    must(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"])
    venv.create(BUILD / "venv", with_pip=True)
    must(
        [str(PYTHON / "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", str(SDK / "requirements.txt")]
    )
    mark.touch()


def must(command: Sequence[str]) -> None:
    if wrong := run(command):
        raise SystemExit(wrong)


def run(command: Sequence[str], *, given: str | None = None, **extra: str) -> str:
    """What it said when it failed, else nothing."""
    env = {**os.environ, "PATH": f"{PYTHON}:{os.environ['PATH']}", **extra}
    done = subprocess.run(command, cwd=BUILD, env=env, input=given, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"rc {done.returncode}\n{done.stdout}{done.stderr}"


Found = list[tuple[str, str]]


def lint() -> Found:
    return [
        (
            "spectral spectral:oas",
            run(
                [
                    str(NODE / "spectral"),
                    "lint",
                    "--ruleset",
                    str(SDK / "spectral.yaml"),
                    "--fail-severity=hint",
                    str(DOCUMENT),
                ]
            ),
        ),
        (
            "redocly recommended-strict",
            run(
                [str(NODE / "redocly"), "lint", "--extends=recommended-strict", str(DOCUMENT)], REDOCLY_TELEMETRY="off"
            ),
        ),
    ]


def typescript() -> Found:
    made = run([str(NODE / "openapi-typescript"), str(DOCUMENT), "--default-non-nullable=false", "-o", "schema.d.ts"])
    shutil.copytree(SDK / "stories", BUILD / "stories", dirs_exist_ok=True)
    shutil.copy(SDK / "tsconfig.json", BUILD)
    (BUILD / "js").mkdir(exist_ok=True)
    return [
        ("openapi-typescript", made),
        ("openapi-fetch under tsc --strict", run([str(NODE / "tsc"), "-p", "tsconfig.json"])),
    ]


def python_client() -> Found:
    shutil.rmtree(BUILD / "client", ignore_errors=True)
    (BUILD / "client").mkdir(parents=True)
    command = [
        *(str(PYTHON / "openapi-python-client"), "generate", "--path", str(DOCUMENT), "--meta", "none"),
        *("--output-path", "client/aftersales_client", "--fail-on-warning"),
    ]
    return [("openapi-python-client --fail-on-warning", run(command))]


def generator(name: str) -> Found:
    """openapi-generator: exit code 0 and no warning about the document."""
    folder = BUILD / f"generated-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    env = {**os.environ, "PATH": f"{PYTHON}:{os.environ['PATH']}"}
    command = [
        *(str(PYTHON / "openapi-generator-cli"), "generate", "-i", str(DOCUMENT), "-g", name, "-o", str(folder)),
        f"--additional-properties={GENERATED[name]}",
    ]
    done = subprocess.run(command, cwd=BUILD, env=env, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).splitlines()
    wrong = [line for line in said if re.search(r"\b(WARN|ERROR)\b", line) and not HARMLESS.search(line)]
    if name == "python":
        wrong = [line for line in wrong if "Default to typing.Any" not in line]
    if done.returncode:
        wrong += said[-20:]
    return [(f"openapi-generator {name}", "\n".join(wrong))]


def stories() -> Found:
    """The clients against a live server."""
    with live.shop(BUILD) as shop:
        told = {"BASE_URL": shop["base_url"], "API_KEY": shop["api_key"]}
        order = (SDK / "order.json").read_text()
        python = str(PYTHON / "python")
        return [
            ("story: Python client", run([python, "stories/story.py"], given=order, PYTHONPATH="client", **told)),
            (
                "story: TypeScript client",
                run(["node", "js/stories/story.js"], given=order.replace("SDK-1", "SDK-2"), **told),
            ),
            (
                "round trip: openapi-generator python",
                run([python, "stories/generated.py"], PYTHONPATH="generated-python", **told),
            ),
        ]


if __name__ == "__main__":
    sys.exit(main())
