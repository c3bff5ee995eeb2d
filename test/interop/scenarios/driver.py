"""Runs the driver (../driver) against a server."""

import json
import os
import subprocess
from pathlib import Path

BINARY = Path(os.environ.get("DRIVER", Path(__file__).parents[3] / "build/test/interop/interop-driver"))


class Failed(Exception):
    """What a scenario found wrong."""


class Skipped(Exception):
    """Why a scenario cannot be run here."""


class Endpoint:
    """One server, spoken to in one way."""

    def __init__(self, peer, protocol, url):
        self.peer, self.protocol, self.url = peer, protocol, url

    @property
    def http2(self):
        return self.protocol.startswith("HTTP/2")

    def start(self, scenario, count, *options):
        """The driver, running; to be ended with `result`."""
        command = [BINARY, scenario, self.url, str(count), "--version", "http2" if self.http2 else "http1",
                   "--cacert", self.peer.site.certificate, *map(str, options)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def drive(self, scenario, count, *options):
        return result(self.start(scenario, count, *options))


def result(running, limit=150):
    """What it found, as it says so; Failed where that is a problem."""
    try:
        said, complaint = running.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()
        raise Failed(f"the driver itself hung for {limit} s") from None
    try:
        found = json.loads(said)
    except json.JSONDecodeError:
        raise Failed(f"the driver ended with {running.returncode}: {complaint.strip()[-300:]}") from None
    if found["problem"]:
        raise Failed(found["problem"])
    return found
