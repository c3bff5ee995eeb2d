"""What is promised of aloft where there is no peer to compare with: how it starts, how much it can hold, how true
`aloft bench` is, and how often it wakes up."""

import json
import os
import re
import shutil
import statistics
import subprocess
import time

import callgrind
import shards
from clients import ALOFT, BUILT, FLOOR, ROOT, Work, run

PROGRAM = str(ROOT / "build" / "aloft")
CROWD = Work("sse", 400, 250, events=2, rate=0.05)
CROWD_LONGER = Work("sse", 400, 250, events=4, rate=0.05)
THOUSAND = Work("sse", 4, 250, events=20, rate=5)  # as many events a second as the crowd's
THOUSAND_LONGER = Work("sse", 4, 250, events=60, rate=5)


def start_up(server, body):
    """Milliseconds from the program's start to its end, with one request. With the trust store the request is refused,
    since no store knows the test server: the store was read by then."""

    def took(transport, more):
        work = Work("unary", 1, 1, transport)
        command = ALOFT.command(work, server, 1, 0, body)
        begun = time.perf_counter()
        subprocess.run(command, env=dict(ALOFT.environ(work, body), **more), capture_output=True)
        return 1e3 * (time.perf_counter() - begun)

    clear = statistics.median(took("http2", {}) for _ in range(21))
    store = statistics.median(took("tls", {"VERIFY": "1"}) for _ in range(21))
    return {"clear": clear, "store": store}


def crowd(server, body):
    """100,000 streams in one process, and what an event costs there against 1,000 streams with as many events a second."""
    measured = run(ALOFT, CROWD, server, CROWD.in_flight, body, cpu=1, seconds=300)

    def instructions(short, long):
        shorter, longer = (
            callgrind.profile(ALOFT.command(work, server, work.in_flight, 0, body), ALOFT.environ(work, body))
            for work in (short, long)
        )
        return longer.minus(shorter, (long.events - short.events) * long.in_flight).total

    few, many = instructions(THOUSAND, THOUSAND_LONGER), instructions(CROWD, CROWD_LONGER)
    return {"problem": measured.problem, "peak_mb": measured.peak_kb / 1024, "few": few, "many": many}


def limits():
    """Nanoseconds that a request spends on limits and on retries, if it needs neither."""
    said = subprocess.run([BUILT / "limiter-cost"], capture_output=True, text=True, check=True).stdout
    return float(re.search(r"what retries note of a request +([\d.]+) ns", said).group(1))


def resident(server, body):
    """Megabytes with 1,000 streams in flight."""
    return run(ALOFT, THOUSAND, server, THOUSAND.in_flight, body, cpu=1).peak_kb / 1024


def wake_ups(server, body):
    """Reads and waits per event, paced, 10,000 streams: of the floor, and of aloft."""
    if not shutil.which("strace"):
        return None
    work = Work("sse", 40, 250, "tls", events=20, rate=5)
    names = "read,readv,recvmsg,recvfrom,epoll_wait,epoll_pwait"
    found = {}
    for client in (FLOOR, ALOFT):
        command = client.command(work, server, work.in_flight, 0, body)
        traced = ["taskset", "-c", "1", "strace", "-f", "--seccomp-bpf", "-c", "-U", "calls,name", "-e", "trace=" + names]
        done = subprocess.run([*traced, *command], env=client.environ(work, body), capture_output=True, text=True)
        calls = sum(int(count) for count in re.findall(r"^ *(\d+) +(?!total)\w+$", done.stderr, re.M))
        found[client.key] = calls / work.units(work.in_flight)
    return found


def truth():
    """What `aloft bench` measures of the simulator, less what that was told: 1,000 streams, 100 events a second each."""
    first_token, gap = 500, 10
    told = ["--first-token", "%dms" % first_token, "--gap", "%dms" % gap, "--tokens", "200", "--quiet", "--model", "m"]
    simulator = subprocess.Popen(
        ["taskset", "-c", "0", PROGRAM, "sim", "--listen", "127.0.0.1:0", *told], stdout=subprocess.PIPE, text=True
    )
    try:
        base = re.search(r"https?://\S+", simulator.stdout.readline()).group(0)
        load = ["--max-in-flight", "1000", "--warm-up", "1000", "-n", "4000", "--input-len", "64", "--http2-prior-knowledge"]
        done = subprocess.run(
            ["taskset", "-c", "1", PROGRAM, "bench", "--base-url", base, "--model", "m", *load, "--no-self-check", "-q", "--json"],
            capture_output=True, text=True,
        )
    finally:
        simulator.terminate()
        simulator.wait()
    report = json.loads(done.stdout)
    return {"first": report["mean_ttft_ms"] - first_token, "gap_p99": report["p99_itl_ms"], "failed": report["failed"]}


def measure(server, body):
    if not os.path.exists(PROGRAM):
        raise SystemExit("bench: build/aloft is needed (./dev build)")
    found = {"start_up": start_up(server, body), "resident_mb": resident(server, body), "wake_ups": wake_ups(server, body)}
    found["limits_ns"] = limits()
    found["truth"] = truth()
    found["crowd"] = crowd(server, body)
    found["shards"] = shards.measure()
    return found
