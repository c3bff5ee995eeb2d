"""What aloft is to reach, next to what was measured."""

import json

from guard import BASELINE


def ratio(workload, peer, most):
    """Processor time against a peer's, of the same run."""

    def measured(results):
        costs = results["summary"].get(workload, {})
        mine, theirs = (costs.get(key, {}).get("cost") for key in ("aloft", peer))
        if mine is None or theirs is None:
            return None
        return mine / theirs <= most, "%.2f x %s" % (most, results["labels"][peer]), "%.2f x (%.2f us, %.2f us)" % (mine / theirs, mine, theirs)

    return measured


def figure(read, form, most=None, least=None):
    """A figure of aloft's own, and the bound it is to be within."""

    def measured(results):
        try:
            value = read(results)
        except (KeyError, TypeError):
            value = None
        if value is None:
            return None
        if least is not None:
            return value >= least, "at least " + form % least, form % value
        return value <= most, form % most, form % value

    return measured


def instructions(name):
    return lambda _: json.loads(BASELINE.read_text())["aloft"][name]["instructions"]


def undisturbed(results, workload):
    found = results["alone"]["shards"][workload]
    return found["ratio"] if found["undisturbed"] else None


ALL = (
    ("unary, 1 x 100, clear text", ratio("unary", "h2load", 1.0)),
    ("", ratio("unary", "hyper", 0.3)),
    ("unary, 4 x 250, TLS 1.3", ratio("unary-tls", "h2load", 1.1)),
    ("events, 1,000 streams, unpaced", figure(lambda r: r["summary"]["events-1000"]["aloft"]["cost"], "%.2f us", 0.25)),
    ("", ratio("events-1000", "libcurl", 0.6)),
    ("events, 10,000 streams, unpaced", ratio("events-10000", "hyper", 0.35)),
    ("events, 10,000 streams, paced, TLS 1.3", ratio("paced-tls", "hyper", 1.1)),
    (
        "reads and waits per event there, against the floor's",
        figure(lambda r: r["alone"]["wake_ups"]["aloft"] / r["alone"]["wake_ups"]["floor"], "%.2f x", 1.05),
    ),
    ("memory per typed stream, 10,000 in flight", figure(lambda r: r["summary"]["paced"]["aloft"]["kb"], "%.2f KB", 2.5)),
    ("unary, 100 connections, HTTP/1.1", ratio("http1", "beast", 1.0)),
    ("instructions of a unary request", figure(instructions("unary"), "%.0f", 14_000)),
    ("instructions of a typed event, unpaced", figure(instructions("event"), "%.0f", 4_000)),
    ("limits and retries of a request that needs neither", figure(lambda r: r["alone"]["limits_ns"], "%.0f ns", 100)),
    ("100,000 streams in one process", figure(lambda r: r["alone"]["crowd"]["peak_mb"], "%.0f MB", 400)),
    (
        "instructions of an event there, against those with 1,000 streams",
        figure(lambda r: r["alone"]["crowd"]["many"] / r["alone"]["crowd"]["few"], "%.2f x", 1.2),
    ),
    ("`aloft bench` at 1,000 x 100 events/s: error of the first token", figure(lambda r: abs(r["alone"]["truth"]["first"]), "%.1f ms", 3)),
    ("p99 there of gaps that are 10 ms", figure(lambda r: r["alone"]["truth"]["gap_p99"], "%.1f ms", 11)),
    ("start to the end of the first request, clear text", figure(lambda r: r["alone"]["start_up"]["clear"], "%.1f ms", 10)),
    ("the same with the system's trust store", figure(lambda r: r["alone"]["start_up"]["store"], "%.1f ms", 30)),
    ("resident with 1,000 streams in flight", figure(lambda r: r["alone"]["resident_mb"], "%.1f MB", 30)),
    ("two shards against one, unary", figure(lambda r: undisturbed(r, "unary"), "%.2f x", least=1.8)),
    ("the same, events", figure(lambda r: undisturbed(r, "events"), "%.2f x", least=1.8)),
)


def table(results):
    yield "| what | at most | measured | |"
    yield "|---|---:|---:|---|"
    for what, measured in ALL:
        found = measured(results)
        if found is None:
            yield "| %s | | not measured | |" % what
            continue
        met, bound, said = found
        yield "| %s | %s | %s | %s |" % (what, bound, said, "met" if met else "**not met**")
