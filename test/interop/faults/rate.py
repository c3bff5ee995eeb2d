"""A link of 2 Mbit/s: slow is not broken."""

TITLE = "2 Mbit/s"


def run(network, endpoint):
    network.slow("2mbit")
    endpoint.drive("streams", 4, "--in-flight", 4, "--gap", 5)
    if endpoint.peer.echoes:
        endpoint.drive("upload", 500_000, "--echo", "--gap", 5, "--head", 5)
    else:
        endpoint.drive("upload", 500_000, "--head", 5)
