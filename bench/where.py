"""Where the instructions of a request and of an event go: by part of aloft, and of what it stands on."""

import os
import re
import tempfile
from collections import defaultdict
from pathlib import Path

import callgrind
import guard
from clients import ROOT, Client, Server, Work, write_body

# Compiled with line numbers, which tell inlined code apart.
PROFILED = Client("aloft", "aloft", (str(ROOT / "build-profile" / "bench" / "peer-aloft"),))
MEMORY = ("malloc", "free", "calloc", "realloc", "operator new", "operator delete", "_int_free", "_int_malloc", "malloc_consolidate")
WORKS = {**guard.WORKS, "http1": (Work("unary", 100, 1, "http1"), 1000, 3000)}
SAID = {**guard.SAID, "http1": "a unary request over HTTP/1.1, 100 connections"}
PARTS = {
    "base": "base: timers, errors, fields",
    "policy": "policy: limits, retries",
    "sse": "sse: finding events",
    "coding": "coding: content encodings",
    "chat": "chat: the typed chunk",
    "http2": "http2: the session over nghttp2",
    "http1": "http1: reading and writing messages",
    "connection": "connection: reading, writing",
    "pool": "pool: slots",
    "client": "client: the call, its deadlines",
    "autoglm": "autoglm: the reply",
    "include": "public headers: request, response, waiting",
    "bench": "the caller's loop",
}


def of_file(path):
    """The part that a source file belongs to, and its name if it is aloft's; none if it is the standard library's."""
    path = os.path.normpath(path)
    if path.startswith(str(ROOT)):
        file = Path(path).relative_to(ROOT)
        inside = file.parts[1] if file.parts[0] == "lib" else file.parts[0]
        return PARTS.get(inside, "other of aloft"), str(file)
    for text, part in (("boost/asio", "Asio"), ("simdjson", "simdjson"), ("/boost/", "Boost, without Asio")):
        if text in path:
            return part, ""
    return None


def of_namespace(function):
    """The part that a function's name tells, where all of its lines are inlined from elsewhere."""
    named = re.match(r"aloft::(\w+)::", function)
    return (PARTS[named.group(1)], "") if named and named.group(1) in PARTS else None


def part_of(cost):
    """Of a line of cost. What is inlined from the standard library belongs to the function it is inlined into."""
    binary = Path(cost.binary or "").name
    for library in ("nghttp2", "simdjson", "ssl", "crypto"):
        if binary.startswith("lib" + library):
            return library, ""
    if cost.function.startswith(MEMORY):
        return "malloc and free", ""
    known = of_file(cost.file) or of_file(cost.function_file) or of_namespace(cost.function)
    return known or ("the C and C++ libraries", "")


def library_leaf(function, binary):
    """Copying, comparing and the like, which are their callers' cost."""
    name = Path(binary or "").name
    return name.startswith(("libc.", "libc-", "libstdc++", "ld-")) and not function.startswith(MEMORY)


def parts(path):
    found = defaultdict(int)
    for cost in callgrind.costs(path):
        leaf = library_leaf(cost.function, cost.binary)
        if cost.callee is None:
            if not leaf:
                found[part_of(cost)] += cost.count
        elif not leaf and library_leaf(cost.callee, cost.callee_binary) and "start_main" not in cost.callee:
            found[part_of(cost)] += cost.count
    return found


def measure(name, server, body):
    work, short, long = WORKS[name]
    shorter, longer = (
        callgrind.profile(PROFILED.command(work, server, requests, 0, body), PROFILED.environ(work, body), parts)
        for requests in (short, long)
    )
    units = work.units(long) - work.units(short)
    return {part: (count - shorter[part]) / units for part, count in longer.items()}


def lines(counts, total, most):
    for name, count in sorted(counts.items(), key=lambda pair: -pair[1])[:most]:
        if count >= 0.5:
            yield "%8.0f  %5.1f %%  %s" % (count, 100 * count / total, name)


def sums(found, which):
    counts = defaultdict(float)
    for key, count in found.items():
        if key[which]:
            counts[key[which]] += count
    return counts


def main(_):
    with tempfile.TemporaryDirectory() as folder, Server() as server:
        body = write_body(folder)
        for name in WORKS:
            found = measure(name, server, body)
            total = sum(found.values())
            print("%s: %.0f instructions" % (SAID[name], total))
            print("\n".join(lines(sums(found, 0), total, 20)))
            print("  of aloft's files:")
            print("\n".join(lines(sums(found, 1), total, 15)))
