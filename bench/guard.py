"""Counts what a request and an event cost, and compares with baseline.json."""

import json
import subprocess
import sys
import tempfile

import callgrind
from clients import ALOFT, Client, FLOOR, H2LOAD, HYPER, ROOT, Server, Work, write_body

BASELINE = ROOT / "bench" / "baseline.json"
ALLOWED = 0.03
# Functions below that share of the whole are not kept: they are many, and say nothing.
SMALLEST_SHARE = 0.002
# What changes the counts without a change to aloft.
PACKAGES = ("g++", "libboost1.81-dev", "libc6", "libnghttp2-14", "libsimdjson-dev", "libstdc++6", "valgrind")

WORKS = {
    # What is measured: the work, and the numbers of requests of the shorter and the longer run.
    "unary": (Work("unary", 1, 100), 1000, 3000),
    "event": (Work("sse", 1, 100, events=200), 50, 150),
}
SAID = {"unary": "a unary request (1 KiB each way)", "event": "a typed event of a stream"}


def versions():
    """Of what the counts depend on, as Debian's package manager knows them."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES]
    try:
        known = subprocess.run(query, capture_output=True, text=True).stdout.split("\n")
    except FileNotFoundError:
        return {}
    return dict(sorted(line.split(" ", 1) for line in known if line))


def count(client, server, body, name):
    """Instructions for one unit: the slope between two lengths, so that start-up does not count."""
    work, short, long = WORKS[name]
    shorter, longer = (
        callgrind.profile(client.command(work, server, requests, 0, body), client.environ(work, body))
        for requests in (short, long)
    )
    return longer.minus(shorter, work.units(long) - work.units(short))


def kept(counts, total):
    costly = {name: round(cost, 1) for name, cost in counts.items() if cost >= SMALLEST_SHARE * total}
    return dict(sorted(costly.items(), key=lambda pair: -pair[1]))


def as_baseline(profile):
    return {
        "instructions": round(profile.total),
        "functions": kept(profile.own, profile.total),
        "with_callees": {
            name: cost for name, cost in kept(profile.inclusive, profile.total).items() if "aloft::" in name
        },
    }


def measure():
    found = {}
    with tempfile.TemporaryDirectory() as folder, Server() as server:
        body = write_body(folder)
        for peer in filter(Client.runs, (ALOFT, FLOOR, H2LOAD, HYPER)):
            found[peer.key] = {}
            for name in WORKS:
                found[peer.key][name] = profile = count(peer, server, body, name)
                print("%-7s %-33s %7.0f instructions" % (peer.key, SAID[name], profile.total), flush=True)
    return found


def grown(now, before, title):
    """The functions that cost most more than they did."""
    more = sorted(((now[name] - before.get(name, 0), name) for name in now), reverse=True)[:4]
    for difference, name in more:
        if difference > 1:
            yield "  %s %+.0f (%.0f, was %.0f): %s" % (title, difference, now[name], before.get(name, 0), name)


def failures(found, baseline):
    for name, profile in found["aloft"].items():
        before = baseline["aloft"][name]
        ratio = profile.total / before["instructions"] - 1
        if ratio <= ALLOWED:
            continue
        yield "%s costs %.0f instructions, %.1f %% more than the %d in bench/baseline.json; %.0f %% are allowed." % (
            SAID[name], profile.total, 100 * ratio, before["instructions"], 100 * ALLOWED,
        )
        yield from grown(kept(profile.own, profile.total), before["functions"], "by itself")
        now = as_baseline(profile)["with_callees"]
        yield from grown(now, before["with_callees"], "with what it calls")


def differing(baseline):
    here = versions()
    for package, version in baseline["measured_with"].items():
        if here.get(package) != version:
            yield "  %s: %s here, %s in the baseline" % (package, here.get(package, "not installed"), version)


def update(found):
    kept_peers = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    kept_peers.update(
        measured_with=versions(),
        aloft={name: as_baseline(profile) for name, profile in found["aloft"].items()},
    )
    for peer in found:
        if peer != "aloft":
            kept_peers[peer] = {name: round(profile.total) for name, profile in found[peer].items()}
    BASELINE.write_text(json.dumps(kept_peers, indent=1) + "\n")
    print("bench/baseline.json written")


def main(arguments):
    if arguments not in ([], ["--update"]):
        sys.exit("bench: guard takes --update, and nothing else")
    found = measure()
    if arguments:
        update(found)
        return
    baseline = json.loads(BASELINE.read_text())
    said = list(failures(found, baseline))
    for name, profile in found["aloft"].items():
        less = 1 - profile.total / baseline["aloft"][name]["instructions"]
        if less > ALLOWED:
            print("%s costs %.1f %% less than the baseline: ./dev bench guard --update holds that." % (SAID[name], 100 * less))
    if not said:
        print("1 passed, 0 failed")
        return
    print("\n" + "\n".join(said))
    other = list(differing(baseline))
    if other:
        print("It may be no change of aloft, since the baseline was measured with other versions:\n" + "\n".join(other))
    print("If the change is worth it: ./dev bench guard --update, and say in the commit what it buys.")
    print("0 passed, 1 failed")
    sys.exit(1)
