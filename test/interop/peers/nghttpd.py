from peers.peer import PLAIN_HTTP2, TLS_HTTP2, Peer


class Nghttpd(Peer):
    name = "nghttpd"
    program = "nghttpd"
    echoes = True
    posts_only = True
    cannot = {"reload": "it has no reload"}

    def endpoints(self):
        tls, plain = self.ports
        return {TLS_HTTP2: f"https://127.0.0.1:{tls}", PLAIN_HTTP2: f"http://127.0.0.1:{plain}"}

    def commands(self):
        tls, plain = self.ports
        shared = [self.binary, "--address=127.0.0.1", f"--htdocs={self.site.www}", "--echo-upload",
                  "--window-bits=20", "--connection-window-bits=24"]
        return [[*shared, str(tls), self.site.key, self.site.certificate], [*shared, "--no-tls", str(plain)]]
