import signal

from peers.peer import PLAIN_HTTP1, PLAIN_HTTP2, TLS_HTTP1, TLS_HTTP2, Peer


class Haproxy(Peer):
    name = "HAProxy"
    program = "haproxy"
    version_arguments = ["-v"]
    stop_signal = signal.SIGUSR1  # softly
    ports_wanted = 3

    def endpoints(self):
        tls, http2, http1 = (str(port) for port in self.ports)
        return {
            TLS_HTTP2: "https://127.0.0.1:" + tls,
            TLS_HTTP1: "https://127.0.0.1:" + tls,
            PLAIN_HTTP2: "http://127.0.0.1:" + http2,
            PLAIN_HTTP1: "http://127.0.0.1:" + http1,
        }

    def commands(self):
        return [[self.binary, "-W", "-f", self.folder / "haproxy.cfg", "-p", self.folder / "pid"]]

    def reload_command(self):
        return signal.SIGUSR2

    def names_served(self):
        return self.count_names("output.log")

    def configure(self):
        tls, http2, http1 = self.ports
        self.write("haproxy.cfg", f"""
global
    maxconn 8192
    # Threads that log at once do not wait for each other for long: they drop the line.
    nbthread 1
    log stdout len 1024 format raw local0
    hard-stop-after 10s
    stats socket {self.folder}/control mode 600 level admin expose-fd listeners
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    backlog 4096
frontend all
    bind 127.0.0.1:{tls} ssl crt {self.site.together} alpn h2,http/1.1
    bind 127.0.0.1:{http2} proto h2
    bind 127.0.0.1:{http1}
    log global
    log-format "id=%[capture.req.hdr(0)]"
    acl echo path /echo
    http-request set-log-level silent if !echo
    http-request capture url_param(id) len 64
    http-request return status 200 content-type text/plain lf-string "%[url_param(id)]" if echo
    default_backend origin
backend origin
    server one {self.site.origin_address()}
""")
