import signal

from peers.peer import PLAIN_HTTP1, PLAIN_HTTP2, TLS_HTTP1, TLS_HTTP2, Peer

# Debian compiles log_config and unixd into the program.
MODULES = ("mpm_event", "http2", "ssl", "socache_shmcb", "authz_core", "proxy", "proxy_http")


class Apache(Peer):
    name = "Apache httpd"
    program = "apache2"
    version_arguments = ["-v"]
    breaks = {
        scenario: (
            (TLS_HTTP2, PLAIN_HTTP2), "the server closed the connection",
            "Where a stream is reset whose response mod_http2 is about to send, it takes that for a fault of its own "
            "(AH10509), says GOAWAY with the reason 'The user callback function failed', and cuts the other streams of "
            "the connection off. Each of them ends with an error.")
        for scenario in ("cancel", "reload")
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
        return [[self.binary, "-d", self.folder, "-f", self.folder / "httpd.conf", "-DFOREGROUND"]]

    def reload_command(self):
        return signal.SIGUSR1

    def names_served(self):
        return self.count_names("ids.log")

    def configure(self):
        tls, plain = self.ports
        origin = self.site.origin_address()
        modules = "\n".join(f"LoadModule {one}_module /usr/lib/apache2/modules/mod_{one}.so" for one in MODULES)
        self.write("httpd.conf", f"""
{modules}
ServerName localhost
PidFile {self.folder}/httpd.pid
ErrorLog {self.folder}/error.log
DefaultRuntimeDir {self.folder}
LogFormat "%q %>s" ids
CustomLog {self.folder}/ids.log ids
User www-data
Group www-data
ListenBacklog 4096
StartServers 2
ServerLimit 40
ThreadsPerChild 64
MaxRequestWorkers 2560
KeepAlive On
MaxKeepAliveRequests 1000
Listen 127.0.0.1:{tls}
Listen 127.0.0.1:{plain}
Protocols h2 h2c http/1.1
DocumentRoot {self.site.www}
<Directory {self.site.www}>
    Require all granted
</Directory>
ProxyPass /upload http://{origin}/upload
ProxyPass /echo http://{origin}/echo
<VirtualHost 127.0.0.1:{tls}>
    SSLEngine on
    SSLCertificateFile {self.site.certificate}
    SSLCertificateKeyFile {self.site.key}
</VirtualHost>
""")
