"""Nothing passes for two seconds in the middle of a body, which then goes on."""

import time

from scenarios.driver import result

TITLE = "two seconds of silence"


def run(network, endpoint):
    network.slow("400mbit")
    running = endpoint.start("download", 100_000_000, "--gap", 20)
    time.sleep(1)
    network.part()
    time.sleep(2)
    network.heal()
    result(running, 60)
