"""The table of results: every fault writes its figures beside its pass figure into docs/reliability.md."""

import re
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"


def record(fault: str, measured: str, *, passed: bool) -> None:
    """Replace what the table says of this fault, then fail when the pass figure is missed."""
    lines = TABLE.read_text().splitlines() if TABLE.exists() else []
    for place, line in enumerate(lines):
        if re.match(rf"\| {fault} ", line):
            cells = line.split(" | ")
            lines[place] = " | ".join([*cells[:3], measured.replace("|", "/"), f"{'yes' if passed else 'NO'} |"])
    TABLE.write_text("\n".join(lines) + "\n")
    assert passed, f"{fault}: {measured}"
