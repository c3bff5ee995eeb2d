"""The connection is reset in the middle of a body."""

import time

from faults.expect import ends

TITLE = "reset within a body"


def run(network, endpoint):
    network.slow("20mbit")
    running = endpoint.start("download", 100_000_000)
    time.sleep(2)
    network.reset()
    ends(running, 10, "part of the response was received")
