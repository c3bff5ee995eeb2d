import json

from peers.peer import PLAIN_HTTP1, PLAIN_HTTP2, TLS_HTTP1, TLS_HTTP2, Peer, free_ports


class Caddy(Peer):
    name = "Caddy"
    program = "caddy"
    version_arguments = ["version"]
    breaks = {
        "reload": (
            (TLS_HTTP1, PLAIN_HTTP1), "POSTs were served more than once",
            "Go's http.Server, as it shuts down, takes a connection for idle from which it has just read a request, "
            "closes it without a response, and runs the request all the same (golang/go issue 65802). A reused "
            "connection closed before any byte of response is what servers leave behind that took nothing, so that "
            "aloft sends the request once more: some POSTs are served twice."),
    }

    def endpoints(self):
        tls, plain = (str(port) for port in self.ports)
        return {
            TLS_HTTP2: "https://127.0.0.1:" + tls,
            TLS_HTTP1: "https://127.0.0.1:" + tls,
            PLAIN_HTTP2: "http://127.0.0.1:" + plain,
            PLAIN_HTTP1: "http://127.0.0.1:" + plain,
        }

    def commands(self):
        return [["env", f"HOME={self.folder}", self.binary, "run", "--config", self.folder / "caddy.json"]]

    def reload_command(self):
        return [self.binary, "reload", "--force", "--config", self.folder / "caddy.json",
                "--address", f"127.0.0.1:{self.admin}"]

    def names_served(self):
        return self.count_names("ids.log")

    def configure(self):
        (self.admin,) = free_ports(1)
        tls, plain = self.ports
        routes = [
            {"match": [{"path": ["/echo"]}],
             "handle": [{"handler": "static_response", "body": "{http.request.uri.query.id}"}]},
            {"match": [{"path": ["/upload"]}],
             "handle": [{"handler": "reverse_proxy", "upstreams": [{"dial": self.site.origin_address()}]}]},
            {"handle": [{"handler": "file_server", "root": str(self.site.www)}]},
        ]
        shared = {"routes": routes, "automatic_https": {"disable": True}, "protocols": ["h1", "h2", "h2c"],
                  "logs": {"default_logger_name": "ids"}}
        pem = {"certificate": str(self.site.certificate), "key": str(self.site.key)}
        self.write("caddy.json", json.dumps({
            "admin": {"listen": f"127.0.0.1:{self.admin}"},
            "logging": {"logs": {
                "default": {"level": "ERROR"},
                "ids": {"writer": {"output": "file", "filename": str(self.folder / "ids.log"), "roll": False},
                        "include": ["http.log.access.ids"]},
            }},
            "apps": {
                "http": {"servers": {
                    "tls": {"listen": [f"127.0.0.1:{tls}"], "tls_connection_policies": [{}], **shared},
                    "plain": {"listen": [f"127.0.0.1:{plain}"], **shared},
                }},
                "tls": {"certificates": {"load_files": [pem]}},
            },
        }))
