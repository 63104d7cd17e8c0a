"""Starts API and worker processes quickly: it has imported everything once and forks for each line of orders on its standard input.

The children are real processes of the product's own commands; only the seconds of importing are saved.
"""

import json
import os
import signal
import sys
from typing import Any

import uvloop


def _become(order: dict[str, Any]) -> None:
    """The child: its own environment and log, then the command."""
    from aftersales_api import wiring
    from aftersales_api.cli import serving, working
    from aftersales_api.infra.jobs import InOne
    from aftersales_api.infra.settings import settings

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(order["env"])
    settings.cache_clear()
    wiring.JOBS["test.poison"] = InOne(_die)
    if order["what"] == "api":
        serving.serve_api(settings())
    else:
        uvloop.run(working.work(settings()))


async def _die(*_: object) -> None:
    """A job that ends its worker as the system does when memory runs out: at once, with nothing said."""
    os.kill(os.getpid(), signal.SIGKILL)


def _say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    from aftersales_api.cli import serving, working

    assert serving
    assert working
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries the children
    _say("ready")
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 0
            try:
                _become(order)
            except SystemExit:
                pass
            except Exception as failure:  # noqa: BLE001 - the child must end here, whatever it met
                sys.stderr.write(f"{type(failure).__name__}: {failure}\n")
                code = 1
            os._exit(code)
        _say(pid)


if __name__ == "__main__":
    main()
