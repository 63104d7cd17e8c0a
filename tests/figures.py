"""The table of results: every fault writes its figures beside its pass figure into docs/reliability.md."""

import os
import re
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "docs" / "reliability.md"


_told: set[str] = set()


def record(fault: str, measured: str, *, passed: bool) -> None:
    """Replace what the table says of this fault, with the load beside which it was played; then fail when the pass figure is missed."""
    _tell(fault, measured, passed=passed)
    assert passed, f"{fault}: {measured}"


def note_broken_off(fault: str, reason: str) -> None:
    """Say that a fault was not played to its end, unless its figures of this run are told already."""
    if fault not in _told:
        _tell(fault, f"broken off: {reason}", passed=False)


def _tell(fault: str, measured: str, *, passed: bool) -> None:
    _told.add(fault)
    lines = TABLE.read_text().splitlines()
    (place,) = [number for number, line in enumerate(lines) if re.match(rf"\| {fault} ", line)]
    told = f"{measured.replace('|', '/')} (load {os.getloadavg()[0]:.0f})"
    lines[place] = " | ".join([*lines[place].split(" | ")[:3], told, f"{'yes' if passed else 'NO'} |"])
    TABLE.write_text("\n".join(lines) + "\n")
