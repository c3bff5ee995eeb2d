"""What a scenario may expect of a server, whoever wrote it.

Every server has, at each of its endpoints:
  /small      "small\\n"
  /medium     256 KiB of the driver's pattern
  /big        100 MB of it
  /upload     POST: answers "<bytes> <CRC-32 in hexadecimal>\\n", or sends the body back (`echoes`)
  /echo?id=N  N, to a POST whose body is N, and (unless `posts_only`) to a GET
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path

PLAIN_HTTP1 = "HTTP/1.1"
TLS_HTTP1 = "HTTP/1.1, TLS"
PLAIN_HTTP2 = "HTTP/2"
TLS_HTTP2 = "HTTP/2, TLS"


PROGRAMS = Path(__file__).parent / "programs"


class NotInstalled(Exception):
    """A program that is not here."""


class DoesNotRun(Exception):
    """What a server said before it ended."""


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def find(program):
    found = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    if not found:
        raise NotInstalled(f"{program} is not installed")
    return found


class Peer:
    """One server with its configuration, started in a folder of its own. A subclass is a server."""

    name = ""  # as its makers write it
    program = ""
    version_arguments = ["--version"]
    echoes = False  # /upload
    posts_only = False  # /echo
    cannot = {}  # scenario: why
    breaks = {}  # scenario: (in what protocols, part of the problem, what the server does wrong)
    stop_signal = signal.SIGTERM
    ports_wanted = 2

    def __init__(self, site):
        self.site = site
        self.binary = find(self.program)
        self.folder = site.folder / type(self).__name__.lower()
        self.folder.mkdir()
        self.ports = free_ports(self.ports_wanted)
        self.processes = []

    # What a subclass says.

    def commands(self):
        """The command lines that run it in the foreground."""
        raise NotImplementedError

    def endpoints(self):
        """Protocol: base URL."""
        raise NotImplementedError

    def configure(self):
        """Writes the files it needs."""

    def reload_command(self):
        """What makes it read its configuration again without ending a request, or None."""
        return None

    def names_served(self):
        """How often each name of /echo was served, by its own log; None where it keeps none."""
        return None

    # What all share.

    def version(self):
        said = subprocess.run([self.binary, *self.version_arguments], capture_output=True, text=True)
        found = re.search(r"\d+(\.\d+)+", said.stdout + said.stderr)
        return found.group() if found else "?"

    def start(self):
        self.configure()
        self.launch()

    def launch(self):
        with open(self.folder / "output.log", "ab") as log:
            self.processes = [
                subprocess.Popen([*self.site.inside, *command], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
                for command in self.commands()
            ]
        for port in self.ports:
            self.wait_for(port)

    def wait_for(self, port):
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection((self.site.address, port), 1).close()
                return
            except OSError:
                dead = [one for one in self.processes if one.poll() is not None]
                if dead or time.monotonic() > end:
                    raise DoesNotRun(f"{self.name} does not run: {self.last_words()}") from None
                time.sleep(0.05)

    def last_words(self):
        lines = (self.folder / "output.log").read_text(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:]) or "it says nothing"

    def stop(self):
        for one in self.processes:
            if one.poll() is None:
                one.send_signal(self.stop_signal)
        for one in self.processes:
            try:
                one.wait(5)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
        self.processes = []

    def restart(self):
        self.stop()
        self.launch()

    def reload(self):
        command = self.reload_command()
        if isinstance(command, signal.Signals):
            self.processes[0].send_signal(command)
        else:
            subprocess.run(command, check=True, cwd=self.folder, capture_output=True)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return self.folder / name

    def count_names(self, log):
        """Names in a log that quotes the query: `id=NAME`."""
        path = self.folder / log
        text = path.read_text(errors="replace") if path.exists() else ""
        return Counter(re.findall(r"id=([A-Za-z0-9-]+)", text))


class Site:
    """What all servers serve: files, a certificate, and an origin behind those that need one."""

    def __init__(self, folder, driver, address="127.0.0.1", inside=()):
        """`address` is where servers listen, `inside` the beginning of a command that is run where they are."""
        self.address, self.inside = address, inside
        self.folder = Path(folder)
        self.www = self.folder / "www"
        self.www.mkdir()
        self.folder.chmod(0o755)
        (self.www / "small").write_text("small\n")
        for name, size in (("medium", 256 * 1024), ("big", 100_000_000)):
            with open(self.www / name, "wb") as file:
                subprocess.run([driver, "pattern", str(size)], stdout=file, check=True)
        self.certificate, self.key = self.folder / "cert.pem", self.folder / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=interop", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
             "-keyout", self.key, "-out", self.certificate],
            check=True, capture_output=True)
        self.together = self.folder / "both.pem"
        self.together.write_text(self.certificate.read_text() + self.key.read_text())
        self.origin = None

    def origin_address(self):
        """host:port of the server behind others, which is started when it is first asked for."""
        if self.origin is None:
            script = PROGRAMS / "origin.py"
            self.origin = subprocess.Popen(
                ["python3", script, self.www], stdout=subprocess.PIPE, text=True)
            self.port = self.origin.stdout.readline().strip()
        return f"127.0.0.1:{self.port}"

    def stop(self):
        if self.origin is not None:
            self.origin.terminate()
            self.origin.wait()
