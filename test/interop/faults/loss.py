"""Three packets of a hundred are lost."""

TITLE = "3 % lost"


def run(network, endpoint):
    network.lose(3)
    endpoint.drive("unary", 1000)
    endpoint.drive("streams", 50, "--in-flight", 50)
