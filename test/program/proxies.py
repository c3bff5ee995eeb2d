"""Proxies and name servers, as `aloft send` reaches servers through them."""

import base64
import signal
import socket
import struct
import subprocess
import threading
import time

from program import ALOFT, CLEAN, ProgramTest, Scripted, aloft, main

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"


def relay(one, other):
    """Carries bytes from one socket to the other until they end."""
    try:
        while some := one.recv(65536):
            other.sendall(some)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Proxy:
    """A proxy of loopback; `converse` says what it says, and gives where to relay to. `asked` has what it was asked for."""

    def __init__(self, user=None, leads_to=None):
        self.user, self.leads_to, self.asked = user, leads_to, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        with client:
            try:
                if not self.converse(client):
                    return
                with socket.create_connection(self.leads_to) as server:
                    threading.Thread(target=relay, args=(server, client), daemon=True).start()
                    relay(client, server)
                    time.sleep(0.1)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # or accept() would take one more
        self.listener.close()


class HttpProxy(Proxy):
    def converse(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        self.asked.append(head.decode())
        wanted = self.user and base64.b64encode(self.user.encode()).decode()
        if wanted and f"Proxy-Authorization: Basic {wanted}\r\n" not in self.asked[-1]:
            client.sendall(b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=x\r\n\r\n")
            return False
        if self.leads_to is None:
            client.sendall(b"HTTP/1.1 403 Not through here\r\n\r\n")
            return False
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return True


class SocksProxy(Proxy):
    def converse(self, client):
        exactly = lambda n: client.recv(n, socket.MSG_WAITALL)
        exactly(exactly(2)[1])
        if self.user:
            client.sendall(b"\x05\x02")
            exactly(1)
            user = exactly(exactly(1)[0]).decode()
            password = exactly(exactly(1)[0]).decode()
            known = f"{user}:{password}" == self.user
            client.sendall(b"\x01" + bytes([not known]))
            if not known:
                return False
        else:
            client.sendall(b"\x05\x00")
        kind = exactly(4)[3]
        name = exactly(exactly(1)[0]).decode() if kind == 3 else socket.inet_ntoa(exactly(4))
        self.asked.append((name, struct.unpack(">H", exactly(2))[0]))
        client.sendall(bytes([5, 0 if self.leads_to else 5, 0, 1, 0, 0, 0, 0, 0, 0]))
        return self.leads_to is not None


class Proxies(ProgramTest):
    def setUp(self):
        super().setUp()
        self.server = Scripted(OK)
        self.addCleanup(self.server.listener.close)
        self.where = ("127.0.0.1", self.server.port)

    def sends(self, *options, host="a.example", env=()):
        """A request to a host that only a proxy knows."""
        return aloft("send", f"http://{host}:8000/x", *options, env=env)

    def works(self, *options, **more):
        result = self.sends(*options, **more)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "hello", ""))

    def test_http_proxies_are_asked_to_connect(self):
        with HttpProxy(leads_to=self.where) as proxy:
            self.works("-x", f"http://{proxy.at}")
            self.works("--proxy", proxy.at)
            self.assertEqual(proxy.asked, ["CONNECT a.example:8000 HTTP/1.1\r\nHost: a.example:8000\r\n\r\n"] * 2)
        self.assertTrue(self.server.seen[0].startswith(b"GET /x HTTP/1.1\r\n"))

    def test_socks_proxies_are_told_names_or_addresses(self):
        with SocksProxy(leads_to=self.where) as proxy:
            self.works("-x", f"socks5h://{proxy.at}")
            self.works("-x", f"socks5://{proxy.at}", "--resolve", "a.example:8000:192.0.2.1")
            self.assertEqual(proxy.asked, [("a.example", 8000), ("192.0.2.1", 8000)])

    def test_users_sign_in(self):
        for kind, scheme in ((HttpProxy, "http"), (SocksProxy, "socks5h")):
            with self.subTest(scheme), kind(user="me:ses@me", leads_to=self.where) as proxy:
                self.works("-x", f"{scheme}://me:ses%40me@{proxy.at}")
                self.works("-x", f"{scheme}://{proxy.at}", "-U", "me:ses@me")

    def test_the_environment_says_which(self):
        with HttpProxy(leads_to=self.where) as proxy:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
                with self.subTest(name):
                    self.works(env={name: f"http://{proxy.at}"})
            direct = (f"http://127.0.0.1:{self.server.port}/", )
            asked = len(proxy.asked)
            for options, env in (((), {"NO_PROXY": "127.0.0.0/8"}), (("--noproxy", "127.0.0.1"), {}), (("-x", ""), {})):
                with self.subTest(options=options, env=env):
                    result = aloft("send", *direct, *options, env={"ALL_PROXY": f"http://{proxy.at}", **env})
                    self.assertEqual((result.returncode, result.stdout), (0, "hello"), result.stderr)
            self.assertEqual(len(proxy.asked), asked)

    def fails(self, code, message, *options):
        result = self.sends(*options)
        ending = " (while connecting; the request was not sent)"
        self.assertEqual((result.returncode, result.stderr), (code, message and
                         f"aloft send: http://a.example:8000: could not connect through the proxy: {message.replace(' - ', ending + ' - ')}\n"))

    def test_trouble_names_the_proxy_and_no_secret(self):
        sign_in = " - --proxy-user USER:PASSWORD signs in"
        check = " - check --proxy, or HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
        with HttpProxy(user="me:sesame") as proxy:
            url = f"http://{proxy.at}"
            self.fails(97, f"proxy {url}: it wants a user and a password (407){sign_in}", "-x", url)
            self.fails(97, f"proxy {url}: it refuses the user and the password (407){sign_in}", "-x", f"http://me:secret@{proxy.at}")
            self.fails(97, f"proxy {url}: it answered \"HTTP/1.1 403 Not through here\" to CONNECT a.example:8000"
                       " - many proxies CONNECT to https:// servers only; --noproxy HOST goes directly", "-x", url, "-U", "me:sesame")
            self.assertNotIn("sesame", self.sends("-v", "-x", f"http://me:sesame@{proxy.at}").stderr)
        with SocksProxy() as proxy:
            self.fails(97, f"proxy socks5h://{proxy.at}: connection refused{check}", "-x", f"socks5h://me:secret@{proxy.at}")
        with SocksProxy(user="me:sesame") as proxy:
            self.fails(97, f"proxy socks5h://{proxy.at}: it refuses the user and the password{sign_in}", "-x", f"socks5h://me:secret@{proxy.at}")
        self.fails(97, f"proxy http://{proxy.at}: {proxy.at}: Connection refused{check}", "-x", proxy.at)
        result = self.sends("-x", "http://nobody.invalid:1")
        self.assertEqual(result.returncode, 5, result.stderr)

    def test_a_silent_proxy_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            at = f"127.0.0.1:{silent.getsockname()[1]}"
            result = self.sends("-x", at, "--connect-timeout", "0.2")
        self.assertEqual(result.returncode, 28)
        self.assertIn(f"connecting took too long (connect deadline): proxy http://{at} is silent (while connecting", result.stderr)

    def test_what_is_no_proxy(self):
        for given, message in (("ftp://me:secret@x", "a proxy is http://, socks5:// or socks5h://, not ftp://"),
                               ("http://", "the proxy is no URL; it should look like http://host:port or socks5h://host:port")):
            result = self.sends("-x", given)
            self.assertEqual((result.returncode, result.stderr), (2, f"aloft send: {message}\n"))


class NameServer:
    """Answers every question about an IPv4 address with 127.0.0.1, or none at all."""

    def __init__(self, silent=False):
        self.silent, self.asked = silent, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.at = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                query, client = self.socket.recvfrom(1500)
            except OSError:
                return
            end = query.index(b"\0", 12) + 5
            self.asked.append(query[12:end])
            if self.silent:
                continue
            found = query[end - 3] == 1
            self.socket.sendto(query[:2] + struct.pack(">HHHHH", 0x8180, 1, found, 0, 0) + query[12:end] +
                               (b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 127, 0, 0, 1) if found else b""), client)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class Names(ProgramTest):
    def test_name_servers_can_be_named(self):
        with NameServer() as names, Scripted(OK) as server:
            result = aloft("send", f"http://a.example.test:{server.port}/", "--dns-servers", names.at)
            self.assertEqual((result.returncode, result.stdout), (0, "hello"), result.stderr)
            self.assertEqual(len(names.asked), 2)
        result = aloft("send", "http://a.example.test/", "--dns-servers", "nonsense")
        self.assertEqual((result.returncode, result.stderr), (2, 'aloft send: "nonsense" is no address of a name server\n'))

    def test_with_name_servers_black_holed_an_interrupt_ends_it_at_once(self):
        with NameServer(silent=True) as names:
            sent = subprocess.Popen([ALOFT, "send", "http://a.example.test/", "--dns-servers", names.at], env=CLEAN, stderr=subprocess.PIPE, text=True)
            while not names.asked:
                time.sleep(0.01)
            begun = time.monotonic()
            sent.send_signal(signal.SIGINT)
            sent.wait(60)
            took = time.monotonic() - begun
            said = sent.communicate()[1]
        self.assertEqual((sent.returncode, said), (130, "aloft send: interrupted (the request was not sent)\n"))
        self.assertLess(took, 0.5)  # 0.1 s, and what a loaded machine adds

    def test_with_name_servers_black_holed_the_connect_clock_ends_it(self):
        with NameServer(silent=True) as names:
            result = aloft("send", "http://a.example.test/", "--dns-servers", names.at, "--connect-timeout", "0.2")
        self.assertEqual(result.returncode, 28)
        self.assertIn("connecting took too long (connect deadline) (while resolving the host name; the request was not sent)", result.stderr)


if __name__ == "__main__":
    main()
