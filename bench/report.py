"""What was measured, as a table: ours beside the limit of the same run, the goal, the round trips, and the gap."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aftersales_api.kit import clock
from bench.load import Result

RESULTS = Path(__file__).parent / "RESULTS.md"
CASES = Path(__file__).parent / "CASES.md"
GAPS = Path(__file__).parent / "GAPS.md"
HEAD = (
    "| path | ours | limit | ratio | goal | ours p50 / p99 ms | limit p50 / p99 ms | round trips ours / limit | note |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Row:
    """One line of the table. `goal` is the least ratio; without a limit it is the least `ours` (or most, with `at_most`)."""

    path: str
    ours: float
    limit: float | None = None
    goal: float | None = None
    unit: str = "/s"
    ours_times: tuple[float, float] | None = None
    limit_times: tuple[float, float] | None = None
    trips: float | None = None
    limit_trips: float | None = None
    note: str = ""
    at_most: bool = False

    @property
    def ratio(self) -> float | None:
        return None if self.limit is None else self.ours / self.limit

    @property
    def is_met(self) -> bool | None:
        if self.goal is None:
            return None
        measured = self.ours if self.ratio is None else self.ratio
        return measured <= self.goal if self.at_most else measured >= self.goal

    def line(self) -> str:
        """The row in the table's form."""
        sign = "<=" if self.at_most else ">="
        goal = "" if self.goal is None else f"{sign} {self.goal:g}{'' if self.ratio is not None else self.unit}"
        verdict = {None: "", True: " met", False: " **missed**"}[self.is_met]
        cells = [
            self.path,
            _number(self.ours, self.unit),
            "" if self.limit is None else _number(self.limit, self.unit),
            "" if self.ratio is None else f"{self.ratio:.2f}",
            goal + verdict,
            _times(self.ours_times),
            _times(self.limit_times),
            f"{_trips(self.trips)} / {_trips(self.limit_trips)}" if self.trips is not None else "",
            self.note,
        ]
        return f"| {' | '.join(cells)} |"


def _number(value: float, unit: str) -> str:
    return f"{value:,.0f}{unit}" if value >= 20 else f"{value:.1f}{unit}"


def _times(pair: tuple[float, float] | None) -> str:
    return "" if pair is None else f"{pair[0]:.1f} / {pair[1]:.1f}"


def _trips(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def median_of(results: Sequence[Result]) -> tuple[float, tuple[float, float]]:
    """Median rate, and median p50 and p99, of several passes."""
    assert results, "nothing was measured"
    rate = statistics.median(each.rate for each in results)
    return rate, (statistics.median(each.p50 for each in results), statistics.median(each.p99 for each in results))


def spread(values: Sequence[float]) -> str:
    """All passes, so that a reader sees how steady the machine was."""
    return "passes " + ", ".join(f"{value:,.0f}" for value in values)


def machine(database: str) -> str:
    """Date, processor, memory, versions, and how busy the machine was with other things."""
    cpu, memory = platform.processor() or platform.machine(), "?"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
        kilobytes = int(Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0])
        memory = f"{kilobytes / 1024 / 1024:.0f} GiB"
    loads = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{clock.real_now():%Y-%m-%d %H:%M} UTC; {cpu}, {os.cpu_count()} cores, {memory}; "
        f"Python {platform.python_version()}, {database}; load before the run (1, 5, 15 min): {loads}"
    )


def write(rows: Sequence[Row], place: str) -> str:
    """The report as text; what GAPS.md says about the gaps stands at its end."""
    parts = [
        "# Hot paths beside their limit",
        f"`make bench`: {place}.",
        (
            "Limit and ours take turns (rotated passes, the median counts); the limit is the least code with the same effect on the "
            "same tables: raw asyncpg, and for HTTP a bare ASGI function. 32 connections, one process unless said. Round trips are "
            "counted on the wire by a relay in a pass that is not timed. Every pass counts the rows it was to make."
        ),
        HEAD + "\n" + "\n".join(row.line() for row in rows),
        *([GAPS.read_text().strip()] if GAPS.exists() else []),
    ]
    return "\n\n".join(parts) + "\n"


def scale(rows: Sequence[Row], place: str) -> str:
    """The report on support at scale as text."""
    parts = [
        "# Support at scale",
        f"`make bench PATHS=cases`: {place}.",
        "Single requests through HTTP, one after the other, key, isolation and limits switched on; one API process.",
        HEAD + "\n" + "\n".join(row.line() for row in rows),
    ]
    return "\n\n".join(parts) + "\n"
