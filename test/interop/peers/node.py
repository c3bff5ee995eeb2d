from peers.peer import PLAIN_HTTP1, PLAIN_HTTP2, PROGRAMS, TLS_HTTP1, TLS_HTTP2, Peer


class Node(Peer):
    name = "node"
    program = "node"
    ports_wanted = 3
    cannot = {"reload": "it has no reload"}

    def endpoints(self):
        tls, http2, http1 = (str(port) for port in self.ports)
        return {
            TLS_HTTP2: "https://127.0.0.1:" + tls,
            TLS_HTTP1: "https://127.0.0.1:" + tls,
            PLAIN_HTTP2: "http://127.0.0.1:" + http2,
            PLAIN_HTTP1: "http://127.0.0.1:" + http1,
        }

    def commands(self):
        script = PROGRAMS / "node_server.mjs"
        return [[self.binary, script, self.site.www, self.site.certificate, self.site.key, *map(str, self.ports)]]

    def names_served(self):
        return self.count_names("output.log")
