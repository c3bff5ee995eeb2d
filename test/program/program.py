"""What the tests of the program share: the program itself, its simulator, and a server that says what a test wants."""

import os
import re
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

ALOFT = os.environ["ALOFT"]
TIMEOUT = 60

# Nothing of the machine's own settings may reach the program under test.
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("PHONE_AGENT_", "OPENAI_", "ALOFT_")) and not k.lower().endswith("_proxy")}
CLEAN["XDG_CONFIG_HOME"] = "/nonexistent"


def aloft(*arguments, stdin="", env=(), cwd=None):
    """Runs the program to its end; text in, text out."""
    return subprocess.run([ALOFT, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                          env={**CLEAN, **dict(env)}, cwd=cwd, timeout=TIMEOUT)


class Sim:
    """`aloft sim` on a port of its own, for as long as the `with` block lasts."""

    def __init__(self, *options):
        self.process = subprocess.Popen([ALOFT, "sim", *([] if "--listen" in options else ["--listen", "127.0.0.1:0"]), *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=CLEAN)
        self.base_url = re.search(r"https?://\S+", self.process.stdout.readline())[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(TIMEOUT)
        self.process.stdout.close()


def wait_for(running, pattern):
    """Reads what the process says on standard error until a line has the pattern; everything read."""
    said = ""
    for line in running.stderr:
        said += line
        if re.search(pattern, line):
            return said
    raise AssertionError(f"no {pattern!r} in {said!r}")


class Scripted:
    """A server that reads one request of a connection, sends `answer`, and closes; `seen` has what was read."""

    def __init__(self, answer, wrap=None):
        self.answer, self.wrap, self.seen = answer, wrap, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.converse, args=(connection,), daemon=True).start()

    @staticmethod
    def whole(read):
        head, end, body = read.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        return end and len(body) >= (int(length[1]) if length else 0)

    def converse(self, connection):
        try:
            with self.wrap(connection) if self.wrap else connection as peer:
                read = b""
                while not self.whole(read) and (some := peer.recv(65536)):
                    read += some
                self.seen.append(read)
                peer.sendall(self.answer(read) if callable(self.answer) else self.answer)
                peer.shutdown(socket.SHUT_WR)
                while peer.recv(65536):
                    pass
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


class ProgramTest(unittest.TestCase):
    """A test with a folder of its own."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aloft-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


main = unittest.main
