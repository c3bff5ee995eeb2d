"""Every scenario against every server, in each version of HTTP that it speaks; writes docs/interop.md.

usage: real_servers.py [names of servers, scenarios or protocols]; with names, the page stays as it is. DRIVER names the
driver.
"""

import shutil
import sys
import tempfile
import time

import page
from peers.apache import Apache
from peers.caddy import Caddy
from peers.h2o import H2o
from peers.haproxy import Haproxy
from peers.hypercorn import Hypercorn
from peers.nghttpd import Nghttpd
from peers.nginx import Nginx
from peers.node import Node
from peers.peer import DoesNotRun, NotInstalled, Site
from scenarios import cancel, download, reload, restart, streams, unary, upload
from scenarios.driver import BINARY, Endpoint, Failed

PEERS = [Nginx, Nghttpd, H2o, Apache, Caddy, Haproxy, Node, Hypercorn]
SCENARIOS = [unary, download, upload, streams, cancel, restart, reload]


def name_of(scenario):
    return scenario.__name__.rpartition(".")[2]


def chosen(names, candidates, name):
    return [one for one in candidates if name(one) in names] or candidates


def run_one(endpoint, scenario):
    """"passed", "skipped: why", "the server breaks: how" or "FAILED: why"."""
    if why := endpoint.peer.cannot.get(name_of(scenario)):
        return "skipped: " + why
    try:
        scenario.run(endpoint)
    except (Failed, DoesNotRun) as problem:
        protocols, part, how = endpoint.peer.breaks.get(name_of(scenario), ((), "", ""))
        if endpoint.protocol in protocols and part in str(problem):
            return "the server breaks: " + how
        return f"FAILED: {problem}"
    return "passed"


def run_peer(peer, names, scenarios):
    """Rows of the table."""
    title = f"{peer.name} {peer.version()}"
    endpoints = peer.endpoints()
    rows = []
    for protocol in chosen(names, list(endpoints), str):
        endpoint = Endpoint(peer, protocol, endpoints[protocol])
        cells = {}
        for scenario in scenarios:
            began = time.monotonic()
            cells[scenario.TITLE] = said = run_one(endpoint, scenario)
            print(f"    {title}, {protocol}, {scenario.TITLE}: {said} ({time.monotonic() - began:.1f} s)", flush=True)
        rows.append((title, protocol, cells))
    return rows


def run_all(site, names):
    rows, absent = [], []
    scenarios = chosen(names, SCENARIOS, name_of)
    for kind in chosen(names, PEERS, lambda one: one.__name__.lower()):
        peer = None
        try:
            peer = kind(site)
            peer.start()
            rows += run_peer(peer, names, scenarios)
        except DoesNotRun as why:
            print(f"    {why}", flush=True)
            rows.append((kind.name, "", {one.TITLE: f"FAILED: {why}" for one in scenarios}))
        except NotInstalled as why:
            print(f"    {kind.name} is skipped: {why}", flush=True)
            absent.append((kind.name, str(why)))
        finally:
            if peer is not None:
                peer.stop()
    return rows, absent


def main(names):
    folder = tempfile.mkdtemp(prefix="aloft-interop-")
    site = Site(folder, BINARY)
    try:
        rows, absent = run_all(site, names)
    finally:
        site.stop()
        shutil.rmtree(folder)
    if not names:
        page.write_servers([one.TITLE for one in SCENARIOS], rows, absent)
    failed = any(said.startswith("FAILED") for _, _, cells in rows for said in cells.values())
    return 1 if failed else 0 if rows else 77


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
