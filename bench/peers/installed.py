"""The peers of the comparison: which are there, how the others are got, and of what versions they are."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace

from clients import ALOFT_AS_PEER, BUILT, FLOOR, H2LOAD, HYPER, PEERS, ROOT, Client, Wrk


@dataclass(frozen=True, eq=False)
class Peer:
    client: Client
    speed: str  # "fast", "middle", "slow" or "slowest": how many requests it is given
    make: object  # builds or finds it; returns the client, or None
    version: object  # returns text
    hint: str  # how it is got where it is missing


def said(*command, **more):
    """What a command prints, or nothing where it fails or is missing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, **more)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout + done.stderr


def number(text):
    found = re.search(r"\d+(\.\d+)+", text)
    return found.group(0) if found else "?"


def module(name):
    """The version of a library that the build directory was set up with."""
    found = json.loads((ROOT / "build" / "meson-info" / "intro-dependencies.json").read_text())
    return next((library["version"] for library in found if library["name"] == name), "?")


def ninja(target):
    """Builds a target, where Meson has found what it needs."""

    def make(client):
        known = said("ninja", "-C", str(ROOT / "build"), "-t", "targets", "all")
        if "bench/%s:" % target not in known:
            return None
        done = subprocess.run(["ninja", "-C", str(ROOT / "build"), "bench/" + target], capture_output=True, text=True)
        if done.returncode:
            sys.exit("bench: %s does not build\n%s" % (target, done.stdout[-2000:]))
        return client

    return make


def found(client):
    return client if client.runs() else None


def cargo(client):
    if not shutil.which("cargo"):
        return None
    command = ["cargo", "build", "--quiet", "--release", "--target-dir", str(BUILT / "hyper")]
    done = subprocess.run(command, cwd=PEERS / "hyper", capture_output=True, text=True)
    if done.returncode:
        print("bench: cargo: " + (done.stderr.strip().splitlines() or ["failed"])[-1], file=sys.stderr)
        return None
    return client


def crate(name):
    tree = said("cargo", "tree", "--depth", "1", cwd=PEERS / "hyper")
    found = re.search(r" %s v(\S+)" % name, tree)
    return found.group(1) if found else "?"


def go(client):
    version = number(said("go", "version")).split(".")
    if version == ["?"] or [int(part) for part in version[:2]] < [1, 24]:
        return None
    plain = dict(os.environ, GO111MODULE="off", GOFLAGS="")
    subprocess.run(["go", "build", "-o", str(BUILT / "peer-go"), "./main.go"], cwd=PEERS / "go", env=plain, check=True)
    return client


def python_with(*modules):
    """A Python that has the modules: the system's, whose packages are Debian's, or the first in the path."""

    def make(client):
        for program in ("/usr/bin/python3", shutil.which("python3")):
            try:
                subprocess.run([program, "-c", "import " + ",".join(modules)], capture_output=True, check=True)
            except (OSError, TypeError, subprocess.CalledProcessError):
                continue
            return replace(client, program=(program, *client.program[1:]))
        return None

    return make


def python_package(name):
    def version():
        code = "import importlib.metadata as m; print(m.version('%s'))" % name
        return number(said("/usr/bin/python3", "-c", code) or said("python3", "-c", code))

    return version


PYTHON = ("python3", str(PEERS / "python" / "client.py"))
BOTH = ("http2", "tls", "http1")
BOOST = "libboost1.81-dev"

ALL = (
    Peer(ALOFT_AS_PEER, "fast", found, lambda: "", ""),
    Peer(FLOOR, "fast", ninja("peer-floor"), lambda: module("libnghttp2"), ""),
    Peer(H2LOAD, "fast", found, lambda: number(said("h2load", "--version")), "apt-get install nghttp2-client"),
    Peer(
        Client("libcurl", "libcurl multi_socket", (str(BUILT / "peer-libcurl"),), transports=BOTH),
        "middle", ninja("peer-libcurl"), lambda: module("libcurl"),
        "libcurl 8 with its headers (Debian 12: libcurl4-openssl-dev from bookworm-backports), then a build directory set up anew",
    ),
    Peer(HYPER, "fast", cargo, lambda: crate("hyper"), "Rust's cargo, and crates.io or a mirror of it"),
    Peer(
        Client("h2", "h2 crate, no hyper", HYPER.program, {"RAW_H2": "1"}),
        "fast", cargo, lambda: crate("h2"), "as hyper",
    ),
    Peer(
        Client("go", "Go net/http", (str(BUILT / "peer-go"),), transports=BOTH),
        "middle", go, lambda: number(said("go", "version")), "Go 1.24 or later (go.dev; Debian 13: golang-go)",
    ),
    Peer(
        Client("node", "node http2", ("node", str(PEERS / "node" / "client.mjs"))),
        "slow", found, lambda: number(said("node", "--version")), "apt-get install nodejs",
    ),
    Peer(
        Client("httpx", "Python httpx", PYTHON),
        "slowest", python_with("httpx", "h2"), python_package("httpx"), "apt-get install python3-httpx python3-h2",
    ),
    Peer(
        Client("beast", "Boost.Beast by hand", (str(BUILT / "peer-beast"),), transports=("http1",)),
        "fast", ninja("peer-beast"),
        lambda: number(said("dpkg-query", "-W", "-f", "${Version}", BOOST)), "",
    ),
    Peer(
        Wrk("wrk", "wrk", ("wrk",), transports=("http1",)),
        "fast", found, lambda: number(said("dpkg-query", "-W", "-f", "${Version}", "wrk")), "apt-get install wrk",
    ),
    Peer(
        Client("aiohttp", "Python aiohttp", PYTHON, transports=("http1",)),
        "slowest", python_with("aiohttp"), python_package("aiohttp"), "apt-get install python3-aiohttp",
    ),
)


def make_all():
    """Builds what can be built. Returns the peers that are there, and the others."""
    there, missing = [], []
    for peer in ALL:
        client = peer.make(peer.client)
        if client is None:
            missing.append(peer)
        else:
            there.append(replace(peer, client=client))
    return there, missing
