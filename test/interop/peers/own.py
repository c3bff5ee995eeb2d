import sys

from peers.peer import PLAIN_HTTP1, PROGRAMS, Peer


class Own(Peer):
    """The tests' own HTTP/1.1 server."""

    name = "Python's asyncio"
    program = sys.executable
    ports_wanted = 1

    def endpoints(self):
        return {PLAIN_HTTP1: f"http://{self.site.address}:{self.ports[0]}"}

    def commands(self):
        return [[self.binary, PROGRAMS / "origin.py", self.site.www, self.site.address, str(self.ports[0])]]
