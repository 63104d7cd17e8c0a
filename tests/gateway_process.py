"""A payment gateway in a process of its own, with a ledger on disk: it may be killed at any moment and keeps what it did.

Run: gateway_process.py PORT FOLDER. `FOLDER/mode` says how it answers: ok, hang (books, then says nothing), twice, decline.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Booking(BaseHTTPRequestHandler):
    folder = Path()
    lock = threading.Lock()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, mode = self.headers["Idempotency-Key"], (self.folder / "mode").read_text()
        with self.lock:
            self.note("asked", {"key": name})
            if mode == "decline":
                return self.answer(422, {"code": "card_expired"})
            done = [each for each in booked(self.folder) if each["key"] == name]
            if not done:
                entry = {
                    "key": name,
                    "amount": body["amount"],
                    "kind": body.get("kind", "refund"),
                    "means": body.get("means"),
                }
                entry["external_id"] = f"re_{len(booked(self.folder)) + 1}"
                self.note("ledger", entry)
                done = [entry]
        if mode == "hang":
            time.sleep(60)
        for _ in range(2 if mode == "twice" else 1):
            self.answer(200, {"status": "succeeded", "external_id": done[0]["external_id"]})
        return None

    def note(self, name, entry):
        with (self.folder / name).open("a") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def answer(self, status, body):
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


def booked(folder):
    return lines(folder, "ledger")


def lines(folder, name):
    path = Path(folder) / name
    return [json.loads(each) for each in path.read_text().splitlines()] if path.exists() else []


class GatewayProcess:
    """Starts and kills the gateway; port, ledger and mode survive."""

    def __init__(self, folder):
        self.folder, self.process = Path(folder), None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.answers("ok")
        self.url = f"http://127.0.0.1:{self.port}/refunds"

    def answers(self, mode):
        (self.folder / "mode").write_text(mode)

    def start(self):
        self.process = subprocess.Popen([sys.executable, __file__, str(self.port), str(self.folder)])
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the gateway does not start")

    def kill(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def asked(self):
        return lines(self.folder, "asked")

    def booked(self):
        return booked(self.folder)


if __name__ == "__main__":
    Booking.folder = Path(sys.argv[2])
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Booking).serve_forever()
