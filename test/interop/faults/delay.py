"""A tenth of a second from here to there and back."""

TITLE = "100 ms away"


def run(network, endpoint):
    network.delay(50)
    endpoint.drive("unary", 1000)
    endpoint.drive("streams", 50, "--in-flight", 50)
    endpoint.drive("upload", 2_000_000, *(["--echo"] if endpoint.peer.echoes else []))
