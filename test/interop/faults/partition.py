"""Nothing passes any more in the middle of a body: the gap clock ends it, or the PING before it."""

import time

from faults.expect import ends

TITLE = "partition within a body"


def run(network, endpoint):
    network.slow("20mbit")
    running = endpoint.start("download", 100_000_000, "--gap", 4)
    time.sleep(2)
    network.part()
    ends(running, 15, "gap deadline", "PING")
