"""Writes what was measured into docs/performance.md, between its two markers, and the plots next to it."""

import json
import statistics
import sys

from clients import ROOT
from guard import BASELINE, SAID
from peers import cost_plot, targets, workloads

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured by ./dev bench peers -->", "<!-- end of what was measured -->"
COSTS, MEMORY = "peers-cost.svg", "peers-memory.svg"


def rows(results, workload, value):
    """The peers of a workload that succeeded, the best first: (key, label, what the summary says)."""
    found = results["summary"].get(workload.key, {})
    good = [(key, results["labels"][key], said) for key, said in found.items() if said.get(value) is not None]
    return sorted(good, key=lambda row: row[2][value])


def workload_table(results, workload):
    unit = workload.work.unit
    found = rows(results, workload, "cost")
    mine = results["summary"][workload.key].get("aloft", {}).get("cost")
    memory = " KB per stream |" if workload.memory else ""
    yield "| client | us per %s | spread | x aloft | %ss/s | client busy |%s" % (unit, unit, memory)
    yield "|---|---:|---:|---:|---:|---:|" + ("---:|" if workload.memory else "")
    for key, label, said in found:
        name = "**%s**" % label if key == "aloft" else label
        against = "%.2f" % (said["cost"] / mine) if mine else ""
        spread = "%.2f-%.2f" % (said["least"], said["most"])
        line = "| %s | %.2f | %s | %s | %s | %.0f%% |" % (
            name, said["cost"], spread, against, format(int(said["rate"]), ","), 100 * said["busy"],
        )
        if workload.memory:
            line += " %s |" % ("%.2f" % said["kb"] if said["kb"] is not None else "")
        yield line
    for key, said in results["summary"][workload.key].items():
        if "problem" in said:
            yield "| %s | failed: %s | | | | |" % (results["labels"][key], said["problem"])


def instructions():
    """Of all that the guard counts, as bench/baseline.json has it."""
    baseline = json.loads(BASELINE.read_text())
    peers = [name for name in ("aloft", "floor", "h2load", "hyper") if name in baseline]
    yield "| instructions in user space, by callgrind | %s |" % " | ".join(peers)
    yield "|---|%s" % ("---:|" * len(peers))
    for name, said in SAID.items():
        counted = [baseline[peer][name] for peer in peers]
        numbers = [one["instructions"] if isinstance(one, dict) else one for one in counted]
        yield "| %s | %s |" % (said, " | ".join(format(number, ",") for number in numbers))


def text(results):
    missing = ", ".join(results["missing"])
    yield BEGIN
    yield ""
    yield "%s, on %s. %d rounds, in each of which every client ran once over every workload; figures are medians." % (
        results["when"], results["machine"], results["rounds"],
    )
    waiting = statistics.median(run.get("waiting", 0) for run in results["runs"])
    if waiting > 1.5:
        yield "Other work shared the machine: some %.0f other processes wanted to run, so that rates and times are worse than" % waiting
        yield "they need be; processor time for a request suffers less, and its ratios hardly."
    if missing:
        yield "Not there, and not measured: %s." % missing
    yield ""
    yield from targets.table(results)
    yield ""
    yield from instructions()
    yield ""
    yield "![Processor time of each client for a request or an event](%s)" % COSTS
    yield ""
    yield "![Memory of each client for a stream in flight](%s)" % MEMORY
    for workload in workloads.ALL:
        if workload.key in results["summary"]:
            yield ""
            yield "### %s" % workload.title
            yield ""
            yield from workload_table(results, workload)
    yield ""
    yield END


def plots(results):
    costs, memory = [], []
    for workload in workloads.ALL:
        found = rows(results, workload, "cost")
        if found:
            shown = [(label, said["least"], said["cost"], said["most"]) for _, label, said in found]
            costs.append((workload.title, " us", shown))
        if workload.memory and (held := [row for row in rows(results, workload, "kb") if row[2]["kb"] > 0]):
            memory.append((workload.title, " KB", [(label, said["kb"], said["kb"], said["kb"]) for _, label, said in held]))
    return {COSTS: costs, MEMORY: memory}


def write(results):
    page = PAGE.read_text(encoding="utf-8")
    if BEGIN not in page or END not in page:
        sys.exit("bench: docs/performance.md lacks its markers: %s ... %s" % (BEGIN, END))
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(before + "\n".join(text(results)) + after, encoding="utf-8")
    for name, panels in plots(results).items():
        (PAGE.parent / name).write_text(cost_plot.draw(panels), encoding="utf-8")
