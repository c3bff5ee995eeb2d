"""Connections are reset again and again under a load: every request ends once, and none that may be sent again is lost."""

import time

from scenarios.driver import Failed, result

TITLE = "connections reset"


def run(network, endpoint):
    options = ["--patient", "--posts-only"] if endpoint.http2 else ["--patient"]
    running = endpoint.start("load", 0, "--in-flight", 32, "--seconds", 4, *options)
    for _ in range(6):
        time.sleep(0.5)
        network.reset()
    found = result(running, 30)
    if found["lost"] > 6 * 32:
        raise Failed(f"{found['lost']} of {found['started']} requests were lost: {found['errors']}")
