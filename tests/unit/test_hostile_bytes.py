"""The readers of strangers' bytes that `make fuzz-parsers` tries for long: their seeds, cut and bent, and whatever once broke one."""

from pathlib import Path

import pytest

from fuzzing.targets import TARGETS

FOUND = Path(__file__).resolve().parent.parent / "fuzzing" / "found"
EVERY = 7
"""One in so many places of a seed is bent."""


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_good_inputs_and_their_ruins_are_answered_or_refused(target):
    seeds = list(target.seeds())
    assert seeds
    for seed in seeds:
        target.read(seed)
    smallest = min(seeds, key=len)
    for place in range(0, min(len(smallest), 600), EVERY):
        target.read(smallest[:place])
        for byte in (b"\x00", b"\xff", b"{", b"9"):
            target.read(smallest[:place] + byte + smallest[place + 1 :])


def test_what_once_broke_a_reader_does_not_again():
    for path in sorted(FOUND.glob("*/*")):
        TARGETS[path.parent.name].read(path.read_bytes())
