"""`make fuzz-parsers`: every target of `targets.py`, side by side, for FUZZ_SECONDS of CPU each (600 is the full run of the design).

What broke a reader is copied to `tests/fuzzing/found/`, where `make test` tries it from then on.
"""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from targets import TARGETS

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent.parent / ".build" / "fuzz-parsers"


def main() -> int:
    """0 when nothing that was tried broke a reader."""
    chosen = os.environ.get("FUZZ_TARGETS", ",".join(TARGETS)).split(",")
    with ThreadPoolExecutor(os.cpu_count() or 2) as side_by_side:
        codes = list(side_by_side.map(play, chosen))
    return max(codes)


def play(name: str) -> int:
    """One target in a process of its own: a hang or a fall of the interpreter counts as well."""
    folder = BUILD / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, str(HERE / "play.py"), name, os.environ.get("FUZZ_SECONDS", "60"), str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    (folder / "log.txt").write_text(ran.stdout + ran.stderr)
    broken = [path for path in folder.iterdir() if path.name.startswith(("crash-", "timeout-", "oom-", "leak-"))]
    for path in broken:
        kept = HERE / "found" / name / path.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, kept)
    sys.stdout.write(
        ran.stdout if ran.returncode == 0 else f"{name}: exit {ran.returncode}, see {folder / 'log.txt'}\n"
    )
    sys.stdout.flush()
    return int(bool(ran.returncode or broken))


if __name__ == "__main__":
    sys.exit(main())
