"""What two shards of a runtime do in the time of one: build/bench/shards, one and two by turns, each shard with a client and its
peer in memory. Undisturbed only where nothing else runs: a repetition in which a shard had less than 97 % of a processor is
left out."""

import argparse
import json
import os
import statistics
import subprocess
import sys

from clients import BUILT

WORKLOADS = {"unary": "unary requests", "events": "typed events"}
UNDISTURBED = 0.97


def run(shards, workload, seconds):
    said = subprocess.run([BUILT / "shards", str(shards), workload, str(seconds)], capture_output=True, text=True)
    if said.returncode != 0:
        sys.exit("bench: " + said.stderr.strip())
    return json.loads(said.stdout)


def of_workload(pairs):
    """Medians of those repetitions that nothing disturbed; of all where each was."""
    quiet = [pair for pair in pairs if min(one["busy"] for one in pair) >= UNDISTURBED]
    counted = quiet or pairs
    return {
        "ratio": statistics.median(two["per_second"] / one["per_second"] for one, two in counted),
        "per_second": [statistics.median(pair[i]["per_second"] for pair in counted) for i in (0, 1)],
        "cpu_us": [statistics.median(pair[i]["cpu_us"] for pair in counted) for i in (0, 1)],
        "busy": [statistics.median(pair[i]["busy"] for pair in counted) for i in (0, 1)],
        "repetitions": len(pairs),
        "undisturbed": len(quiet),
    }


def measure(repetitions=7, seconds=1.0):
    """Of each workload, and the load of the machine before it began; None where there are not two processors."""
    if len(os.sched_getaffinity(0)) < 2:
        return None
    load = os.getloadavg()[0]
    pairs = {workload: [] for workload in WORKLOADS}
    for _ in range(repetitions):
        for workload, found in pairs.items():
            found.append([run(shards, workload, seconds) for shards in (1, 2)])
    return {"load": load, **{workload: of_workload(found) for workload, found in pairs.items()}}


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench shards", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=7, help="7 unless said otherwise; each takes some five seconds")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each run; 1 unless said otherwise")
    parser.add_argument("--json", action="store_true", help="prints nothing but one line of JSON")
    given = parser.parse_args(arguments)
    if given.repetitions < 1 or given.seconds <= 0:
        parser.error("both are to be more than nothing")
    found = measure(given.repetitions, given.seconds)
    if found is None:
        sys.exit("bench: two shards need two processors, and there is one")
    if given.json:
        print(json.dumps(found))
        return
    print("two shards against one, load %.2f before (what else ran takes from two more than from one)" % found["load"])
    for workload, said in WORKLOADS.items():
        of = found[workload]
        print("%-16s %5.2f x   %9.0f/s and %9.0f/s   %6.3f us and %6.3f us of processor each   %d of %d undisturbed" % (
            said, of["ratio"], *of["per_second"], *of["cpu_us"], of["undisturbed"], of["repetitions"]))
        if not of["undisturbed"]:
            print("%-16s the shards had %.0f %% and %.0f %% of a processor each: measure again when nothing else runs" % (
                "", *(100 * busy for busy in of["busy"])))
