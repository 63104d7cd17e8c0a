"""`python -m bench [PATHS]`: measure the hot paths beside their limit and write RESULTS.md; `inbound` measures one."""

import argparse
import importlib
import signal
import time

from bench import report, stage

PATHS = ("inbound", "applying", "orders", "reads", "returns", "due", "queues", "starting")
ALONE = ("cases",)
"""Measured only when asked for: it takes its time to furnish."""
LONGEST_S, LONGEST_ALONE_S = 1_800, 5_400


def main() -> None:
    """All paths in a few minutes; the file is written only when all were measured, so that it is of one run."""
    asked = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    asked.add_argument("paths", nargs="*", metavar="PATHS", help=", ".join((*PATHS, *ALONE)))
    asked.add_argument("--passes", type=int, default=3)
    given = asked.parse_args()
    paths = [name for each in given.paths for name in each.split(",") if name] or list(PATHS)
    if unknown := set(paths) - {*PATHS, *ALONE}:
        asked.error(f"unknown: {', '.join(sorted(unknown))}")
    signal.alarm(LONGEST_ALONE_S if set(paths) & set(ALONE) else LONGEST_S)
    began, rows = time.monotonic(), []
    with stage.stage() as on:
        version = on.ask("SHOW server_version")
        place = report.machine(f"PostgreSQL {version.split()[0]}")
        print(place, report.HEAD, sep="\n")
        for name in paths:
            found = importlib.import_module(f"bench.{name}").run(on, max(given.passes, 1))
            rows += found
            for row in found:
                print(row.line(), flush=True)
    print(f"{time.monotonic() - began:.0f} s")
    if set(paths) == set(PATHS):
        report.RESULTS.write_text(report.write(rows, place))
    if set(paths) == set(ALONE):
        report.CASES.write_text(report.scale(rows, place))


if __name__ == "__main__":
    main()
