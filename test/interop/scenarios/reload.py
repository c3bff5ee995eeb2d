"""The server reads its configuration again, which ends its connections but no request: none fails, and no POST is
served twice. A GET may be, where the server closed a connection that it had taken it from: aloft then sends it again
(RFC 9110, 9.2.2), and counts that."""

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
    check_served(endpoint.peer, prefix, found["answered"], found["replayed"])


def check_served(peer, prefix, answered, replayed=0):
    """What the server wrote down: each request once, but for GETs among those that were sent again, and no other."""
    time.sleep(0.3)
    if (served := peer.names_served()) is None:
        return
    served = {name: times for name, times in served.items() if name.startswith(prefix)}
    doubled = [name for name, times in served.items() if times != 1]
    if len(served) != answered:
        raise Failed(f"{answered} were answered and {len(served)} served")
    more = sum(served[name] - 1 for name in doubled)
    if more > replayed:
        raise Failed(f"{more} were served once more, and {replayed} sent again: {doubled[:3]}")
    if posts := [name for name in doubled if is_post(name)]:
        raise Failed(f"{len(posts)} POSTs were served more than once: {posts[:3]}")


def is_post(name):
    """As the driver names them (../driver/load.cpp)."""
    return int(name.rpartition("-")[2]) % 2 == 0
