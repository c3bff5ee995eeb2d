"""Two network namespaces, the driver's and the servers', and what goes wrong between them. To be used within a namespace
of its own (../network_faults.sh), never in that of the machine."""

import os
import subprocess
import sys
import time
from pathlib import Path

CLIENT, SERVER = "10.77.0.1", "10.77.0.2"


def run(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True, text=True)


class Network:
    def __init__(self):
        self.link = None
        self.holder = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.inside = ["nsenter", "--net", f"--target={self.holder.pid}"]
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "client", "type", "veth", "peer", "name", "server", "netns", str(self.holder.pid))
        run("ip", "address", "add", f"{CLIENT}/24", "dev", "client")
        run("ip", "link", "set", "client", "up")
        for words in ("link set lo up", f"address add {SERVER}/24 dev server", "link set server up"):
            run(*self.inside, "ip", *words.split())

    def end(self):
        self.heal()
        self.holder.stdin.close()
        self.holder.wait()

    def rule(self, words):
        """A rule for what the driver's side sends, by nftables."""
        run("nft", "add table inet faults")
        run("nft", "add chain inet faults sent { type filter hook output priority 0; }")
        run("nft", "add rule inet faults sent ip daddr " + SERVER + " " + words)

    def answer_rule(self, words):
        """A rule for what the servers' side sends."""
        run("nft", "add table inet faults")
        run("nft", "add chain inet faults received { type filter hook input priority 0; }")
        run("nft", "add rule inet faults received ip saddr " + SERVER + " " + words)

    def part(self):
        """Nothing passes any more, and nobody is told."""
        self.rule("drop")
        self.answer_rule("drop")

    def lose(self, percent):
        self.rule(f"numgen random mod 100 < {percent} drop")
        self.answer_rule(f"numgen random mod 100 < {percent} drop")

    def slow(self, rate):
        """Both directions pass at `rate`, as tc writes it."""
        shape = f"root tbf rate {rate} burst 16kb latency 200ms".split()
        run("tc", "qdisc", "replace", "dev", "client", *shape)
        run(*self.inside, "tc", "qdisc", "replace", "dev", "server", *shape)

    def reset(self):
        """Connections to the servers are cut, both ends being told."""
        run("ss", "--kill", "--tcp", "dst", SERVER)

    def delay(self, milliseconds):
        """Packets go by another link, which keeps each for a while."""
        script = Path(__file__).with_name("delaying_link.py")
        self.link = subprocess.Popen(
            [sys.executable, script, str(self.holder.pid), str(milliseconds)], stdout=subprocess.PIPE)
        self.link.stdout.readline()
        for inside, source, target in (([], CLIENT, SERVER), (self.inside, SERVER, CLIENT)):
            run(*inside, "ip", "link", "set", "delaying", "up")
            run(*inside, "ip", "route", "add", f"{target}/32", "dev", "delaying", "src", source)

    def heal(self):
        if self.link is not None:
            self.link.kill()
            self.link.wait()
            self.link = None
        run("nft", "flush", "ruleset")
        run("tc", "qdisc", "delete", "dev", "client", "root", check=False)
        run(*self.inside, "tc", "qdisc", "delete", "dev", "server", "root", check=False)
