from peers.peer import PLAIN_HTTP2, TLS_HTTP2, Peer


class Nghttpd(Peer):
    name = "nghttpd"
    program = "nghttpd"
    echoes = True
    posts_only = True
    cannot = {"reload": "it has no reload"}

    def endpoints(self):
        tls, plain = self.ports
        return {TLS_HTTP2: f"https://{self.site.address}:{tls}", PLAIN_HTTP2: f"http://{self.site.address}:{plain}"}

    def commands(self):
        tls, plain = self.ports
        shared = [self.binary, f"--address={self.site.address}", f"--htdocs={self.site.www}", "--echo-upload",
                  "--window-bits=20", "--connection-window-bits=24"]
        return [[*shared, str(tls), self.site.key, self.site.certificate], [*shared, "--no-tls", str(plain)]]
