"""Nothing answers the first packet of a connection, or it is refused: the connect clock, or the refusal, ends it."""

from faults.expect import ends

TITLE = "unreachable, refused"


def run(network, endpoint):
    network.part()
    ends(endpoint.start("unary", 1, "--in-flight", 1, "--connect", 2), 8, "while connecting")
    network.heal()
    network.rule("tcp flags syn reject with tcp reset")
    ends(endpoint.start("unary", 1, "--in-flight", 1), 8, "Connection refused")
