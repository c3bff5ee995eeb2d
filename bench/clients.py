"""The clients that are measured, how each is started and what it says of itself, and the server they ask."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "build" / "bench"
PEERS = ROOT / "bench" / "peers"
EVENTS_PATH = "/sse?n=%d&rate=%g"
WHOLE_PATH = "/v1/chat/completions"


@dataclass(frozen=True)
class Work:
    """What a client is asked to do; all that are compared do the same."""

    mode: str  # "unary" or "sse"
    connections: int
    streams: int  # in flight on each connection
    transport: str = "http2"  # "http2", "http1" or "tls"
    events: int = 1  # of a stream
    rate: float = 0  # events a second and stream, 0 for as fast as they are taken

    @property
    def in_flight(self):
        return self.connections * self.streams

    @property
    def path(self):
        return WHOLE_PATH if self.mode == "unary" else EVENTS_PATH % (self.events, self.rate)

    @property
    def unit(self):
        return "request" if self.mode == "unary" else "event"

    def units(self, requests):
        return requests if self.mode == "unary" else requests * self.events


@dataclass
class Measured:
    requests: int
    units: int
    cpu: float  # user and system seconds of the process
    wall: float
    grown_kb: float = None  # peak less what was resident before
    peak_kb: float = None
    problem: str = ""


@dataclass(frozen=True)
class Client:
    """A client that speaks the command line of peers/common/command_line.hpp."""

    key: str
    label: str
    program: tuple
    environment: dict = field(default_factory=dict)
    transports: tuple = ("http2", "tls")

    def runs(self):
        """Whether it is built, or installed."""
        return all(shutil.which(part) or Path(part).exists() for part in self.program)

    def environ(self, work, body):
        http1 = {"H1": "1"} if work.transport == "http1" else {}
        return dict(os.environ, BODY=str(body), **self.environment, **http1)

    def command(self, work, server, requests, warm, body):
        numbers = (work.connections, work.streams, requests, work.path, warm)
        return [*self.program, work.mode, server.base(work.transport), *map(str, numbers)]

    def read(self, work, requests, said, used):
        report = json.loads(said.strip().splitlines()[-1])
        units = report[work.unit + "s"]
        problem = ""
        if report["errors"] or units != work.units(requests):
            problem = "%d of %d %ss, %d errors" % (units, work.units(requests), work.unit, report["errors"])
        grown = report["peak_kb"] - report["resident_kb"]
        return Measured(report["requests"], units, report["user"] + report["system"], report["wall"], grown, report["peak_kb"], problem)


class H2load(Client):
    """nghttp2's load tester: its CPU time includes its start, and it does not look at what it receives."""

    def command(self, work, server, requests, warm, body):
        numbers = ["-n", str(requests), "-c", str(work.connections), "-m", str(work.streams)]
        return [*self.program, *numbers, "-d", str(body), "-H", "content-type: application/json", server.base(work.transport) + work.path]

    def read(self, work, requests, said, used):
        succeeded = int(re.search(r"(\d+) succeeded", said).group(1))
        took, unit = re.search(r"finished in ([\d.]+)(ms|us|s)", said).groups()
        wall = float(took) * {"s": 1, "ms": 1e-3, "us": 1e-6}[unit]
        problem = "" if succeeded == requests else "%d of %d requests succeeded" % (succeeded, requests)
        return Measured(succeeded, work.units(succeeded), used.ru_utime + used.ru_stime, wall, problem=problem)


class Wrk(Client):
    """wrk runs for a time, not for a number of requests."""

    def command(self, work, server, requests, warm, body):
        script = str(PEERS / "wrk" / "post.lua")
        return [*self.program, "-t1", "-c%d" % work.in_flight, "-d2s", "-s", script, server.base("http1") + work.path]

    def read(self, work, requests, said, used):
        done, wall = re.search(r"(\d+) requests in ([\d.]+)s", said).groups()
        wrong = re.search(r"Non-2xx.*", said)
        problem = wrong.group(0) if wrong else ""
        return Measured(int(done), int(done), used.ru_utime + used.ru_stime, float(wall), problem=problem)


ALOFT = Client("aloft", "aloft", (str(BUILT / "peer-aloft"),), transports=("http2", "tls", "http1"))
# Linked as a whole, as the Rust clients are by their profile; `./dev bench peers` builds it.
ALOFT_AS_PEER = replace(ALOFT, program=(str(ROOT / "build-peers" / "bench" / "peer-aloft"),))
FLOOR = Client("floor", "floor (nghttp2, epoll)", (str(BUILT / "peer-floor"),))
H2LOAD = H2load("h2load", "h2load", ("h2load",))
HYPER = Client("hyper", "hyper", (str(BUILT / "hyper" / "release" / "peer-hyper"),))


class Server:
    """peer-server on free ports, for the length of a with block."""

    def __init__(self, cpu=None):
        pinned = [] if cpu is None else ["taskset", "-c", str(cpu)]
        self.command = [*pinned, str(BUILT / "peer-server")]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit("bench: the server did not start: " + " ".join(self.command))
        self.ports = json.loads(line)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def base(self, transport):
        return "http%s://127.0.0.1:%d" % ("s" if transport == "tls" else "", self.ports[transport])


def write_body(folder):
    """A request of 1 KiB, which is what every client posts."""
    body = {
        "model": "gpt-4o",
        "stream": True,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": ""},
        ],
    }
    room = 1024 - len(json.dumps(body))
    body["messages"][1]["content"] = ("Tell me about lorem ipsum. " * 60)[:room]
    path = Path(folder) / "body.json"
    path.write_text(json.dumps(body), encoding="ascii")
    return path


def run(client, work, server, requests, body, warm=0, cpu=None, seconds=120):
    """One run of a client. What went wrong is in the result's `problem`, then without units."""
    pinned = [] if cpu is None else ["taskset", "-c", str(cpu)]
    command = pinned + client.command(work, server, requests, warm, body)
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            command, env=client.environ(work, body), stdout=subprocess.PIPE, stderr=complaints, text=True
        )
        clock = threading.Timer(seconds, process.kill)
        clock.start()
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        expired = not clock.is_alive()
        clock.cancel()
        if process.returncode:
            complaints.seek(0)
            why = "took longer than %d s" % seconds if expired else complaints.read().strip()[-200:]
            return Measured(0, 0, 0, 0, problem=why or "exit code %d" % process.returncode)
    return client.read(work, requests, said, used)

