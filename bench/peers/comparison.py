"""Runs every peer that is there over every workload, interleaved by round, and keeps what each run measured."""

import argparse
import json
import os
import platform
import re
import resource
import statistics
import sys
import tempfile
import time

from clients import BUILT, ROOT, Server, run, write_body
from peers import alone, installed, performance_page, workloads

RESULTS = BUILT / "peers.json"


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as info:
        model = next(line.split(":")[1].strip() for line in info if line.startswith("model name"))
    with open("/etc/os-release", encoding="utf-8") as release:
        system = next(line.split('"')[1] for line in release if line.startswith("PRETTY_NAME"))
    return "%d x %s, %s, Linux %s" % (os.cpu_count(), model, system, platform.release().split("-")[0])


def allow_many_connections():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def jobs(there, only):
    for workload in workloads.ALL:
        for peer in there:
            client = peer.client
            if workload.work.transport not in client.transports or client.key in workload.skipped:
                continue
            if re.search(only, workload.key + " " + client.key):
                yield workload, peer


def one_round(number, chosen, body, runs):
    """The server has one processor and the client the other, where there are two."""
    server_cpu, client_cpu = (0, 1) if os.cpu_count() > 1 else (None, None)
    for workload in dict.fromkeys(workload for workload, _ in chosen):
        with Server(server_cpu) as server:
            for peer in [peer for which, peer in chosen if which is workload]:
                requests, warm = workload.size(peer.speed)
                measured = run(peer.client, workload.work, server, requests, body, warm, client_cpu)
                note = {"workload": workload.key, "peer": peer.client.key, "round": number, **vars(measured)}
                note["waiting"] = os.getloadavg()[0] - 1
                runs.append(note)
                cost = "%8.2f us" % (1e6 * measured.cpu / measured.units) if measured.units else "  failed"
                print("%d  %-13s %-8s %s  %s" % (number, workload.key, peer.client.key, cost, measured.problem), flush=True)


def summary(runs):
    """Medians of each workload and peer: {workload: {peer: {...}}}."""
    found = {}
    for workload in workloads.ALL:
        for peer in dict.fromkeys(run["peer"] for run in runs if run["workload"] == workload.key):
            mine = [run for run in runs if (run["workload"], run["peer"]) == (workload.key, peer)]
            good = [run for run in mine if run["units"] and not run["problem"]]
            if not good:
                found.setdefault(workload.key, {})[peer] = {"problem": mine[0]["problem"]}
                continue
            costs = [1e6 * run["cpu"] / run["units"] for run in good]
            grown = [run["grown_kb"] for run in good if run["grown_kb"] is not None]
            found.setdefault(workload.key, {})[peer] = {
                "cost": statistics.median(costs),
                "least": min(costs),
                "most": max(costs),
                "rate": statistics.median(run["units"] / run["wall"] for run in good),
                "busy": statistics.median(run["cpu"] / run["wall"] for run in good),
                "kb": statistics.median(grown) / workload.work.in_flight if grown else None,
                "rounds": len(good),
            }
    return found


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="5 unless said otherwise; a round takes some two minutes")
    parser.add_argument("--only", default=".", metavar="REGEX", help='of "WORKLOAD PEER"; docs/performance.md is left alone')
    parser.add_argument("--page", action="store_true", help="only write docs/performance.md, from the last measurement")
    given = parser.parse_args(arguments)
    if given.page:
        performance_page.write(json.loads(RESULTS.read_text()))
        return

    there, missing = installed.make_all()
    for peer in missing:
        print("missing: %s. To have it: %s" % (peer.client.label, peer.hint), file=sys.stderr)
    chosen = list(jobs(there, given.only))
    if not chosen:
        sys.exit("bench: nothing to run matches " + given.only)
    allow_many_connections()
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        body = write_body(folder)
        for number in range(1, given.rounds + 1):
            one_round(number, chosen, body, runs)
        if given.only == ".":
            with Server(0 if os.cpu_count() > 1 else None) as server:
                by_itself = alone.measure(server, body)
            print(json.dumps(by_itself))
    if given.only != ".":
        return
    results = {
        "when": time.strftime("%Y-%m-%d"),
        "rounds": given.rounds,
        "machine": machine(),
        "labels": {peer.client.key: (peer.client.label + " " + peer.version()).strip() for peer in there},
        "missing": [peer.client.label for peer in missing],
        "summary": summary(runs),
        "alone": by_itself,
        "runs": runs,
    }
    RESULTS.write_text(json.dumps(results, indent=1))
    performance_page.write(results)
    print("docs/performance.md written; every run is in %s" % RESULTS.relative_to(ROOT))
