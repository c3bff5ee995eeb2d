from peers.peer import PLAIN_HTTP1, PLAIN_HTTP2, TLS_HTTP1, TLS_HTTP2, Peer


class H2o(Peer):
    name = "h2o"
    program = "h2o"

    def endpoints(self):
        tls, plain = (str(port) for port in self.ports)
        return {
            TLS_HTTP2: "https://127.0.0.1:" + tls,
            TLS_HTTP1: "https://127.0.0.1:" + tls,
            PLAIN_HTTP2: "http://127.0.0.1:" + plain,
            PLAIN_HTTP1: "http://127.0.0.1:" + plain,
        }

    cannot = {"reload": "it reloads under Server::Starter only"}

    def commands(self):
        return [[self.binary, "-c", self.folder / "h2o.conf"]]

    def names_served(self):
        return self.count_names("ids.log")

    def configure(self):
        tls, plain = self.ports
        origin = self.site.origin_address()
        self.write("h2o.conf", f"""
user: root
num-threads: 1
max-connections: 4096
access-log:
  path: {self.folder}/ids.log
  format: "%q %s"
listen:
  host: 127.0.0.1
  port: {tls}
  ssl:
    certificate-file: {self.site.certificate}
    key-file: {self.site.key}
listen:
  host: 127.0.0.1
  port: {plain}
hosts:
  default:
    paths:
      "/upload":
        proxy.reverse.url: http://{origin}/upload
      "/echo":
        proxy.reverse.url: http://{origin}/echo
      "/":
        file.dir: {self.site.www}
limit-request-body: 1073741824
""")
