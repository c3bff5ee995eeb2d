"""The server reads its configuration again, which ends its connections but no request: none fails, none is served twice."""

import itertools
import time

from scenarios.driver import Failed, result

TITLE = "reload"

runs = itertools.count(1)


def run(endpoint):
    prefix = f"reload{next(runs)}-"
    running = endpoint.start("load", 0, "--in-flight", 32, "--seconds", 5, "--prefix", prefix)
    try:
        for _ in range(4):
            time.sleep(1)
            endpoint.peer.reload()
    finally:
        found = result(running)
    check_served(endpoint.peer, prefix, found["answered"])


def check_served(peer, prefix, answered):
    """What the server wrote down: each request once, and no other."""
    time.sleep(0.3)
    if (served := peer.names_served()) is None:
        return
    served = {name: times for name, times in served.items() if name.startswith(prefix)}
    doubled = [name for name, times in served.items() if times != 1]
    if doubled:
        raise Failed(f"{len(doubled)} requests were served more than once: {doubled[:3]}")
    if len(served) != answered:
        raise Failed(f"{answered} were answered and {len(served)} served")
