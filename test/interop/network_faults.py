"""Faults of the network between the driver and a server, each in a namespace of its own; writes its part of
docs/interop.md. To be run by network_faults.sh. usage: network_faults.py [names of faults]"""

import shutil
import sys
import tempfile
import time

import page
from faults import cut, delay, heal, loss, partition, rate, reset, unreachable
from faults.network import SERVER, Network
from peers.nghttpd import Nghttpd
from peers.own import Own
from peers.peer import PLAIN_HTTP1, PLAIN_HTTP2, NotInstalled, Site
from scenarios.driver import BINARY, Endpoint, Failed

FAULTS = [partition, heal, cut, reset, unreachable, rate, loss, delay]
PEERS = {PLAIN_HTTP2: Nghttpd, PLAIN_HTTP1: Own}


def run_one(network, endpoint, fault):
    began = time.monotonic()
    try:
        fault.run(network, endpoint)
        said = "passed"
    except Failed as problem:
        said = f"FAILED: {problem}"
    finally:
        network.heal()
    print(f"    {endpoint.protocol}, {fault.TITLE}: {said} ({time.monotonic() - began:.1f} s)", flush=True)
    return said


def run_all(network, site, faults):
    """Title of a fault: what became of it, by protocol."""
    found = {fault.TITLE: [] for fault in faults}
    for protocol, kind in PEERS.items():
        peer = kind(site)
        try:
            peer.start()
            endpoint = Endpoint(peer, protocol, peer.endpoints()[protocol])
            for fault in faults:
                found[fault.TITLE].append(run_one(network, endpoint, fault))
        finally:
            peer.stop()
    return found


def main(names):
    faults = [one for one in FAULTS if not names or one.__name__.rpartition(".")[2] in names]
    folder = tempfile.mkdtemp(prefix="aloft-faults-")
    network = Network()
    site = Site(folder, BINARY, SERVER, network.inside)
    try:
        found = run_all(network, site, faults)
    except NotInstalled as why:
        print(f"    skipped: {why}")
        return 77
    finally:
        site.stop()
        network.end()
        shutil.rmtree(folder)
    if not names:
        page.replace("Network faults", f"Run on {page.today()}.\n\n" + page.table(
            ["between the two", *PEERS], [[title, *cells] for title, cells in found.items()]))
    return 1 if any(said != "passed" for cells in found.values() for said in cells) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
