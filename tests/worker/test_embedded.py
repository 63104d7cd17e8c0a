"""The server of `make run`: whoever dies without a word does not keep it running for ever."""

import subprocess
import sys
from pathlib import Path

from aftersales_api.infra import embedded

DIES = """
import os, signal, sys
from pathlib import Path
from aftersales_api.infra import embedded
embedded.start(Path(sys.argv[1]), durable=False)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_a_kill_the_next_one_to_leave_stops_the_server(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", DIES, str(tmp_path / "pg")], check=False)
    assert killed.returncode < 0
    assert (tmp_path / "pg" / "postmaster.pid").exists(), "it outlived the process that started it"

    embedded.start(tmp_path / "pg", durable=False).stop()

    assert not (tmp_path / "pg" / "postmaster.pid").exists()
