"""aloft send: curl's names and manners."""

import gzip
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time

from program import ALOFT, CLEAN, ProgramTest, Scripted, Sim, aloft, main

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-more: yes\r\n\r\nhello"


class SendTest(ProgramTest):
    def send(self, answer, *options, path="/x"):
        """Sends to a server that gives this answer; the process's result and what the server read."""
        with Scripted(answer) as server:
            result = aloft("send", f"http://127.0.0.1:{server.port}{path}", *options)
            result.port = server.port
            return result, b"".join(server.seen).decode()


class Send(SendTest):
    def test_a_body_goes_to_standard_output(self):
        result, seen = self.send(OK)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "hello", ""))
        self.assertTrue(seen.startswith("GET /x HTTP/1.1\r\n"), seen)

    def test_a_fragment_is_not_sent(self):
        result, seen = self.send(OK, path="/x?y#z")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(seen.startswith("GET /x?y HTTP/1.1\r\n"), seen)

    def test_the_head_is_printed_on_demand(self):
        self.assertEqual(self.send(OK, "-i")[0].stdout, "HTTP/1.1 200\ncontent-length: 5\nx-more: yes\n\nhello")
        result, seen = self.send(OK[:-5], "-I")
        self.assertEqual(result.stdout, "HTTP/1.1 200\ncontent-length: 5\nx-more: yes\n\n")
        self.assertTrue(seen.startswith("HEAD /x HTTP/1.1\r\n"))

    def test_data_is_posted_as_curl_posts_it(self):
        self.write("data", "one\ntwo\n")
        for options, method, body in (
            (("-d", "a=1", "-d", "b=2"), "POST", "a=1&b=2"),
            (("-d", f"@{self.folder}/data"), "POST", "onetwo"),
            (("--data-binary", f"@{self.folder}/data"), "POST", "one\ntwo\n"),
            (("-X", "PUT", "-d", "x"), "PUT", "x"),
        ):
            with self.subTest(options):
                result, seen = self.send(OK, *options)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertTrue(seen.startswith(method + " "), seen)
                self.assertIn("content-type: application/x-www-form-urlencoded\r\n", seen)
                self.assertTrue(seen.endswith("\r\n\r\n" + body), seen)

    def test_a_large_file_is_sent_without_being_held(self):
        path = self.write("large", b"")
        os.truncate(path, 300 << 20)
        with Sim("--body-limit", "1000") as sim:
            sent = subprocess.Popen([ALOFT, "send", "--data-binary", f"@{path}", sim.base_url + "/chat/completions"], env=CLEAN,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            most = 0
            while sent.poll() is None:
                with open(f"/proc/{sent.pid}/status") as status:
                    if size := re.search(r"VmHWM:\s+(\d+)", status.read()):
                        most = max(most, int(size[1]))
                time.sleep(0.01)
        self.assertLess(most, 60_000)

    def test_headers_are_set_and_replaced(self):
        _, seen = self.send(OK, "-H", "X-One: 1", "-H", "user-agent: mine")
        self.assertIn("\r\nuser-agent: mine\r\n", seen)
        self.assertIn("1\r\n", seen)

    def test_every_phase_is_shown_and_secrets_are_not(self):
        result, _ = self.send(OK, "-v", "-H", "Authorization: Bearer sesame", "-H", "cookie: a=sesame")
        self.assertNotIn("sesame", result.stderr)
        shown = re.sub(r"[\d.]+ ms", "T", result.stderr).replace(str(result.port), "PORT")
        self.assertEqual(re.sub(r" +", " ", shown), """\
* T connecting to http://127.0.0.1:PORT
* T waiting for a connection
* T connected to 127.0.0.1:PORT, speaking http/1.1
* T sending over http/1.1
> GET /x
> host: 127.0.0.1:PORT
> authorization: Bearer ***
> cookie: ***
> user-agent: aloft/0.1.0
> accept: */*
>
* T the response began
< 200
< content-length: 5
< x-more: yes
<
* T complete, 5 bytes of body
""")

    def test_an_output_file_is_there_only_when_it_is_whole(self):
        out = self.folder / "out"
        self.assertEqual(self.send(OK, "-o", out)[0].returncode, 0)
        self.assertEqual(out.read_text(), "hello")
        out.unlink()
        self.assertEqual(self.send(OK[:-1], "-o", out)[0].returncode, 18)
        self.assertEqual(os.listdir(self.folder), [])

    def test_http2_and_names_given_by_hand(self):
        with Sim("--self-signed", "--write-ca", str(self.folder / "ca.pem")) as sim:
            port = sim.base_url.split(":")[2].split("/")[0]
            for options in ((), ("--http1.1",), ("--http2",)):
                result = aloft("send", f"https://localhost:{port}/v1/models", "--cacert", self.folder / "ca.pem",
                               "--resolve", f"localhost:{port}:127.0.0.1", "-i", *options)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertTrue(result.stdout.startswith("HTTP/1.1 200" if "--http1.1" in options else "HTTP/2 200"), result.stdout)
        with Sim() as sim:
            result = aloft("send", sim.base_url + "/models", "--http2-prior-knowledge", "-i")
            self.assertTrue(result.stdout.startswith("HTTP/2 200"), result.stdout)

    def test_keys_are_pinned_and_versions_demanded(self):
        with Sim("--self-signed", "--write-ca", str(self.folder / "ca.pem")) as sim:
            send = lambda *options: aloft("send", sim.base_url + "/models", "--cacert", self.folder / "ca.pem", *options)
            wrong = "sha256//" + "A" * 43 + "="
            result = send("--pinnedpubkey", wrong)
            self.assertEqual(result.returncode, 90)
            right = re.search(r"the key of \S+ is (sha256//\S{44}) \(", result.stderr)[1]
            for options in (("--pinnedpubkey", f"{wrong};{right}"), ("--tlsv1.2",), ("--tlsv1.3",)):
                self.assertEqual(send(*options).returncode, 0, options)
        self.assertEqual(aloft("send", "https://x/", "--pinnedpubkey", "key.pem").stderr,
                         'aloft send: "key.pem" is no pin; it should be sha256// and the base64 of a public key\'s SHA-256\n')

    def test_a_server_of_too_old_a_protocol_is_said_to_be(self):
        self.write("key.pem", "")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=x",
                        "-keyout", "key.pem", "-out", "cert.pem"], cwd=self.folder, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with Scripted(OK, lambda connection: context.wrap_socket(connection, server_side=True)) as server:
            url = f"https://127.0.0.1:{server.port}/"
            self.assertEqual(aloft("send", "-k", url).returncode, 0)
            result = aloft("send", "-k", "--tlsv1.3", url)
        self.assertEqual(result.returncode, 35)
        self.assertIn("the peer's protocol is too old; this side speaks TLS 1.3", result.stderr)

    def test_unix_sockets_are_reached(self):
        path = str(self.folder / "socket")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            def serve():
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(OK)
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(65536)
            threading.Thread(target=serve, daemon=True).start()
            result = aloft("send", "http://any.host/", "--unix-socket", path)
        self.assertEqual((result.returncode, result.stdout), (0, "hello"))

    def test_an_interrupt_ends_it(self):
        with Sim("--first-token", "60s") as sim:
            sent = subprocess.Popen([ALOFT, "send", "-v", sim.base_url + "/chat/completions", "-H", "content-type: application/json",
                                     "-d", '{"model":"autoglm-phone-9b","messages":[{"role":"user","content":"x"}]}'],
                                    env=CLEAN, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            while "sending" not in sent.stderr.readline():
                pass
            sent.send_signal(signal.SIGINT)
            said = sent.communicate(timeout=60)[1]
        self.assertEqual(sent.returncode, 130)
        self.assertTrue(said.endswith("aloft send: interrupted (the server may have processed it)\n"), said)


class Failures(SendTest):
    def fails(self, code, message, *arguments):
        result = aloft("send", *arguments)
        self.assertEqual((result.returncode, result.stderr), (code, f"aloft send: {message}\n"))

    def answered(self, answer, code, message, *options):
        result, _ = self.send(answer, *options)
        self.assertEqual((result.returncode, result.stderr), (code, f"aloft send: {message}\n".replace("PORT", str(result.port))))

    def test_wrong_usage(self):
        self.fails(2, '"localhost" is no URL; it should look like http://host/path', "localhost")
        self.fails(2, '"ftp://x/" is no URL; it should look like http://host/path', "ftp://x/")
        self.fails(2, "-H wants 'name: value', not \"nonsense\"", "http://x/", "-H", "nonsense")
        self.fails(2, '--resolve wants HOST:PORT:ADDRESS, not "x:y"', "http://x/", "--resolve", "x:y")
        self.fails(2, '"nowhere" is no IP address', "http://x/", "--resolve", "x:80:nowhere")
        self.fails(2, '--resolve names no address in "x:80:"', "http://x/", "--resolve", "x:80:")
        self.fails(2, '"http://x/a b" is no URL; a space in it is written %20', "http://x/a b")
        self.fails(2, "a URL carries no user and password; -H 'authorization: Basic ...' sends them", "http://me:sesame@x/")
        self.fails(2, "--http2 is agreed on within TLS, so it needs an https:// URL; on http:// there is --http2-prior-knowledge", "http://x/", "--http2")

    def test_times_are_seconds(self):
        for option in ("--max-time", "--connect-timeout"):
            for given in ("soon", "-1", "1e300", "nan"):
                self.fails(2, f'{option}: wants seconds, such as 2.5, not "{given}"; aloft send --help tells what may be given',
                           "http://x/", f"{option}={given}")

    def test_a_request_that_cannot_be_sent(self):
        for field, said in (("a b: c", "a header name is not a token"), ("host: x", "header host is the connection's, not the request's"),
                            ("x: a\nb", "the value of header x holds a control character")):
            self.fails(2, f"http://x: the request is not valid: {said} (while preparing the request; the request was not sent)",
                       "http://x/", "-H", field)

    def test_files_that_cannot_be_read_or_written(self):
        self.fails(26, "cannot read gone: No such file or directory", "http://x/", "-d", "@gone")
        self.fails(26, "cannot read /: it is a directory", "http://x/", "--data-binary", "@/")
        self.fails(23, "cannot write /nonexistent/x: No such file or directory", "http://x/", "-o", "/nonexistent/x")
        self.answered(OK, 23, "cannot write /dev/full: No space left on device", "-o", "/dev/full")

    def test_servers_that_are_not_there(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.fails(7, f"http://127.0.0.1:{port}: could not connect: 127.0.0.1:{port}: Connection refused (while connecting; the request was not sent) "
                      "- is the server running, and the port right?", f"http://127.0.0.1:{port}/")
        self.assertEqual(aloft("send", "http://nobody.invalid/").returncode, 6)

    def test_statuses_are_said(self):
        self.answered(OK.replace(b"200 OK", b"404 No"), 22, "http://127.0.0.1:PORT/x: the server answered 404")
        self.answered(OK.replace(b"200 OK", b"302 Found\r\nlocation: /elsewhere"), 22,
                      "http://127.0.0.1:PORT/x: the server answered 302 to /elsewhere; -L follows it")

    def test_redirects_are_followed_on_demand(self):
        def places(read):
            line = read.split(b"\r\n")[0]
            if b" /end " in line:
                return OK.replace(b"hello", line[:4] + b"!")
            there = b"/end" if b" /x " in line else b"/x"
            return b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: " + there + b"\r\n\r\n"

        result, seen = self.send(places, "-L", "-d", "a=1", "-H", "x-own: 1")
        self.assertEqual((result.returncode, result.stdout), (0, "GET !"), result.stderr)
        self.assertEqual(seen.count("x-own: 1"), 2)
        self.answered(places, 47, "http://127.0.0.1:PORT: too many redirects (redirect_rules::limit): 1 redirects; "
                      "http://127.0.0.1:PORT/x leads to http://127.0.0.1:PORT/end (while reading the response; "
                      "part of the response was received)", "-L", "--max-redirs", "0")

    def test_a_compressed_body_is_decoded_on_demand(self):
        body = gzip.compress(b"hello " * 1000)

        def coded(content):
            return b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(content) + content

        result, seen = self.send(coded(body), "--compressed")
        self.assertEqual((result.returncode, result.stdout), (0, "hello " * 1000), result.stderr)
        self.assertIn("accept-encoding: gzip, deflate, br, zstd\r\n", seen)
        path = f"{self.folder}/raw"
        result, seen = self.send(coded(body), "-o", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("accept-encoding", seen)
        with open(path, "rb") as raw:
            self.assertEqual(raw.read(), body)
        self.assertEqual(self.send(coded(b"not gzip at all"), "--compressed")[0].returncode, 61)
        self.assertEqual(self.send(coded(body[:-4]), "--compressed")[0].returncode, 18)
        self.assertEqual(self.send(coded(gzip.compress(bytes(20_000_000))), "--compressed", "-o", "/dev/null")[0].returncode, 63)

    def test_what_is_no_http_is_quoted(self):
        self.answered(b"SSH-2.0-x\r\n", 8, 'http://127.0.0.1:PORT: the server broke the protocol: not HTTP: "SSH-2.0-x\\x0d\\x0a" '
                      "(while waiting for the response; the server may have processed it; 3 attempts) "
                      "- is this an HTTP server, and is https:// or --http2-prior-knowledge right?")

    def test_a_body_cut_short_says_how_far_it_came(self):
        self.answered(OK[:-2], 18, "http://127.0.0.1:PORT: the body ended before its announced length "
                      "(while reading the response; part of the response was received, 3 bytes)")

    def test_a_response_that_takes_too_long(self):
        with Sim("--first-token", "60s") as sim:
            result = aloft("send", sim.base_url + "/chat/completions", "--max-time", "0.2", "-H", "content-type: application/json",
                           "-d", '{"model":"autoglm-phone-9b","messages":[{"role":"user","content":"x"}]}')
        self.assertEqual(result.returncode, 28)
        self.assertRegex(result.stderr, r"^aloft send: http://127\.0\.0\.1:\d+: the request took too long \(total deadline\) \(while waiting for the response; the server may have processed it\)\n$")


if __name__ == "__main__":
    main()
