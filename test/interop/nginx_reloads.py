"""Requests while nginx reloads every second and ends each connection after 100 requests: none is lost, none is served
twice, and memory stays flat. With 1,000,000 requests (`full`) it writes its part of docs/interop.md.

usage: nginx_reloads.py [requests | full]
"""

import shutil
import sys
import tempfile
import threading

import page
from peers.nginx import Nginx
from peers.peer import PLAIN_HTTP1, TLS_HTTP2, NotInstalled, Site
from scenarios.driver import BINARY, Endpoint, Failed, result
from scenarios.reload import check_served

FULL = 1_000_000
PROTOCOLS = [TLS_HTTP2, PLAIN_HTTP1]


class RestlessNginx(Nginx):
    """Ends connections often, and reloads every second between `begin` and `end`."""

    keepalive_requests = 100
    reloads = 0

    def begin(self):
        self.reloads = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        while not self.over.wait(1):
            self.reload()
            self.reloads += 1

    def end(self):
        self.over.set()
        self.thread.join()


def growth(resident):
    """How much more memory was held near the end than after a tenth of the time, in KiB."""
    early = max(resident[:max(len(resident) // 10, 2)])
    return max(resident[-max(len(resident) // 10, 2):]) - early


def run(nginx, protocol, count):
    endpoint = Endpoint(nginx, protocol, nginx.endpoints()[protocol])
    prefix = f"once{PROTOCOLS.index(protocol)}-"
    running = endpoint.start("load", count, "--in-flight", 100, "--prefix", prefix, "--time-limit", 1200)
    nginx.begin()
    try:
        found = result(running, 1300)
    finally:
        nginx.end()
    check_served(nginx, prefix, found["answered"])
    if (grown := growth(found["resident"])) > 4096:
        raise Failed(f"memory grew by {grown} KiB: {found['resident']}")
    said = (f"{found['answered']:,} of {count:,} answered, each served once; {nginx.reloads} reloads in "
            f"{found['seconds']:.0f} s; resident memory at most {max(found['resident']) / 1024:.1f} MiB, "
            f"{max(growth(found['resident']), 0)} KiB more at the end than after a tenth of the time")
    return said


def run_all(nginx, count):
    """What became of each protocol, and whether all was well."""
    lines, good = [], True
    for protocol in PROTOCOLS:
        try:
            said = run(nginx, protocol, count)
        except Failed as problem:
            said, good = f"FAILED: {problem}", False
        print(f"    {protocol}: {said}", flush=True)
        lines.append(f"- {protocol}: {said}.")
    return lines, good


def main(count):
    folder = tempfile.mkdtemp(prefix="aloft-interop-")
    site = Site(folder, BINARY)
    nginx = None
    try:
        nginx = RestlessNginx(site)
        nginx.start()
        lines, good = run_all(nginx, count)
    except NotInstalled as why:
        print(f"    skipped: {why}")
        return 77
    finally:
        if nginx is not None:
            nginx.stop()
        site.stop()
        shutil.rmtree(folder)
    if count >= FULL:
        about = (f"nginx {nginx.version()} reloads every second and ends each connection after 100 requests, while "
                 f"every other request is a POST\n(`test/interop/nginx_reloads.py full`, run on {page.today()}):")
        page.replace("nginx, reloading", about + "\n\n" + "\n".join(lines))
    return 0 if good else 1


if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else "20000"
    sys.exit(main(FULL if asked == "full" else int(asked)))
