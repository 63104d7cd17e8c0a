"""One target under a coverage-guided fuzzer, for so many seconds of CPU: `play.py inbound 600 FOLDER`.

Inputs that broke it are left in FOLDER, with the exit code that libFuzzer gives; 0 when none did.
"""

import json
import os
import random
import sys
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["aftersales_api"]):
    from targets import TARGETS, Target

LONGEST = 16_384
SLOWEST_S, HANGS_S = 5, 120
"""One input may take so long of CPU; after so long by the wall clock it hangs."""
ODD = (
    None,
    True,
    0,
    -1,
    10**30,
    "",
    "\x00",
    "ñ",
    "0",
    "1e400",
    "NaN",
    "2026-02-30T25:00:00",
    "P30D",
    [],
    {},
    [[]],
    {"": {}},
)


class TooSlow(Exception):
    """An input kept its reader busy for so many seconds."""


def bent(target: Target, data: bytes, size: int, seed: int) -> bytes:
    """JSON stays JSON four times of five, with one place of it changed; the rest is changed as bytes."""
    chance = random.Random(seed)
    if target.is_json and chance.random() < 0.8:
        head, body = data[: target.opens_with], data[target.opens_with :]
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return bytes(atheris.Mutate(data, size))
        changed = json.dumps(with_another_place(document, chance)).encode()
        if chance.random() < 0.1 and head:
            head = bytes([chance.randrange(256)])
        if len(head) + len(changed) <= size:
            return head + changed
    return bytes(atheris.Mutate(data, size))


def with_another_place(document: object, chance: random.Random) -> object:
    """One member or item, anywhere, becomes another: odd, or the value of its neighbour, or nothing."""
    if isinstance(document, dict) and document:
        name = chance.choice(list(document))
        if chance.random() < 0.1:
            return {key: value for key, value in document.items() if key != name}
        return {**document, name: with_another_place(document[name], chance)}
    if isinstance(document, list) and document and chance.random() < 0.8:
        place = chance.randrange(len(document))
        return [*document[:place], with_another_place(document[place], chance), *document[place + 1 :]]
    if isinstance(document, str) and chance.random() < 0.5:
        cut = chance.randrange(len(document) + 1)
        return document[:cut] + chance.choice(["", "0", "\u0000", "é", "-", ".", "T", " "]) + document[cut + 1 :]
    return chance.choice(ODD)


def main() -> None:
    name, seconds, folder = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
    target, began, runs = TARGETS[name], time.process_time(), 0
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)

    def read(data: bytes) -> None:
        nonlocal runs
        started = time.process_time()
        target.read(data)
        runs, now = runs + 1, time.process_time()
        if now - started > SLOWEST_S:
            raise TooSlow(now - started)
        if now - began > seconds:
            sys.stdout.write(f"{name}: {runs} inputs in {now - began:.0f} s of CPU\n")
            sys.stdout.flush()
            os._exit(0)

    flags = [
        f"-artifact_prefix={folder}/",
        f"-max_len={LONGEST}",
        f"-timeout={HANGS_S}",
        "-rss_limit_mb=4096",
        "-verbosity=0",
    ]
    atheris.Setup(
        [sys.argv[0], *flags, str(corpus)],
        read,
        custom_mutator=lambda data, size, seed: bent(target, data, size, seed),
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
