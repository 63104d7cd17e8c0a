"""`make run` says in a line why it cannot serve on a port."""

import socket

import pytest

from aftersales_api.cli.development import free_port


@pytest.mark.parametrize("text", ["", "http", "-1", "0", "65536", "80.5"])
def test_a_port_must_be_a_number(text):
    with pytest.raises(SystemExit, match="must be a number from 1 to 65535"):
        free_port(text)


def test_a_port_in_use_is_named_with_the_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with pytest.raises(SystemExit, match=f"port {port} .*PORT=8001 make run"):
            free_port(port)
    assert free_port(port) == int(port)
