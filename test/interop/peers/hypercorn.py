import subprocess
from pathlib import Path

from peers.peer import PLAIN_HTTP1, PLAIN_HTTP2, PROGRAMS, TLS_HTTP1, TLS_HTTP2, Peer


class Hypercorn(Peer):
    name = "hypercorn"
    program = "hypercorn"
    cannot = {"reload": "it has no reload"}

    def version(self):
        interpreter = Path(self.binary).read_text().splitlines()[0].removeprefix("#!").strip()
        ask = "import importlib.metadata; print(importlib.metadata.version('hypercorn'))"
        return subprocess.run([interpreter, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()

    def endpoints(self):
        tls, plain = (str(port) for port in self.ports)
        return {
            TLS_HTTP2: "https://127.0.0.1:" + tls,
            TLS_HTTP1: "https://127.0.0.1:" + tls,
            PLAIN_HTTP2: "http://127.0.0.1:" + plain,
            PLAIN_HTTP1: "http://127.0.0.1:" + plain,
        }

    def commands(self):
        tls, plain = self.ports
        return [["env", f"PYTHONPATH={PROGRAMS}", f"FOLDER={self.site.www}", self.binary,
                 "--bind", f"127.0.0.1:{tls}", "--insecure-bind", f"127.0.0.1:{plain}", "--backlog", "4096",
                 "--certfile", self.site.certificate, "--keyfile", self.site.key, "hypercorn_app:app"]]

    def names_served(self):
        return self.count_names("output.log")
