"""The server is ended and started again twice while requests run. Those it cut off may fail, each of them once and with
an error that says what the server may have done; what it provably did not process is sent again."""

import time

from scenarios.driver import Failed, result

TITLE = "restart"


def run(endpoint):
    options = ["--in-flight", 32, "--patient", "--seconds", 5, "--prefix", "restart-"]
    if endpoint.peer.posts_only:
        options.append("--posts-only")
    running = endpoint.start("load", 0, *options)
    try:
        for _ in range(2):
            time.sleep(1.5)
            endpoint.peer.restart()
    finally:
        found = result(running)
    # Uncertain is what was on its way when the server ended, and what was sent on a connection that it never took.
    if found["lost"] > 2 * 2 * 32:
        raise Failed(f"{found['lost']} of {found['started']} requests were lost: {found['errors']}")
