import signal

from peers.peer import PLAIN_HTTP1, PLAIN_HTTP2, TLS_HTTP1, TLS_HTTP2, Peer


class Nginx(Peer):
    name = "nginx"
    program = "nginx"
    version_arguments = ["-v"]
    ports_wanted = 3
    keepalive_requests = 1000  # nginx's own default since 1.19.10

    def endpoints(self):
        tls, http2, http1 = self.ports
        return {
            TLS_HTTP2: f"https://127.0.0.1:{tls}",
            TLS_HTTP1: f"https://127.0.0.1:{tls}",
            PLAIN_HTTP2: f"http://127.0.0.1:{http2}",
            PLAIN_HTTP1: f"http://127.0.0.1:{http1}",
        }

    def commands(self):
        return [[self.binary, "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"]]

    def reload_command(self):
        return signal.SIGHUP

    def names_served(self):
        return self.count_names("ids.log")

    def configure(self):
        tls, http2, http1 = self.ports
        temporary = "\n".join(
            f"    {kind}_temp_path {self.folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.write("nginx.conf", f"""
daemon off;
user root;
pid {self.folder}/nginx.pid;
error_log {self.folder}/error.log warn;
worker_processes 1;
events {{ worker_connections 8192; }}
http {{
    log_format ids 'id=$arg_id $request_method $status';
    access_log off;
{temporary}
    ssl_certificate {self.site.certificate};
    ssl_certificate_key {self.site.key};
    keepalive_requests {self.keepalive_requests};
    client_max_body_size 0;
    default_type text/plain;
    server {{
        listen 127.0.0.1:{tls} ssl http2 backlog=4096;
        listen 127.0.0.1:{http2} http2 backlog=4096;
        listen 127.0.0.1:{http1} backlog=4096;
        root {self.site.www};
        location = /echo {{
            access_log {self.folder}/ids.log ids;
            return 200 "$arg_id";
        }}
        location = /upload {{
            proxy_request_buffering off;
            proxy_http_version 1.1;
            proxy_pass http://{self.site.origin_address()};
        }}
    }}
}}
""")
