"""aloft sse: the EventSource of the WHATWG from a terminal."""

import json
import signal
import socket
import subprocess
import threading

from program import ALOFT, CLEAN, TIMEOUT, ProgramTest, Scripted, aloft, main

STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
GONE = b"HTTP/1.1 204 No Content\r\n\r\n"


def redirect(location):
    return b"HTTP/1.1 302 Found\r\nconnection: close\r\ncontent-length: 0\r\nlocation: " + location.encode() + b"\r\n\r\n"


class Events(Scripted):
    """Answers connection after connection with what comes next; with `hold` it leaves them open."""

    def __init__(self, *answers, hold=False):
        self.answers, self.hold, self.released = iter(answers), hold, threading.Event()
        super().__init__(lambda _: next(self.answers, GONE))
        self.url = f"http://127.0.0.1:{self.port}/events"

    def converse(self, connection):
        if not self.hold:
            return super().converse(connection)
        with connection:
            self.seen.append(connection.recv(65536))
            connection.sendall(self.answer(b""))
            self.released.wait(TIMEOUT)

    def __exit__(self, *_):
        self.released.set()
        super().__exit__()

    def ids(self):
        """The Last-Event-ID of each request."""
        return [self.field(head, "last-event-id") for head in self.seen]

    @staticmethod
    def field(head, name):
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
        return fields.get(name)


class Sse(ProgramTest):
    def lines(self, server, *options, code=0):
        result = aloft("sse", "--json", server.url, *options)
        self.assertEqual(result.returncode, code, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()], result.stderr

    def test_events_are_lines_of_json(self):
        with Events(STREAM + b"retry: 100\n\ndata: one\n\nevent: greeting\nid: 7\ndata: two\ndata: lines\n\n",
                    STREAM + "data: ü\n\n".encode() + b"data: \xff\n\n") as server:
            lines, said = self.lines(server)
        lost = {"type": "error", "fatal": False, "message": f"http://127.0.0.1:{server.port}: the server ended the stream", "retryInMs": 100}
        self.assertEqual(lines, [
            {"type": "open"},
            {"type": "event", "event": "message", "data": "one", "lastEventId": ""},
            {"type": "event", "event": "greeting", "data": "two\nlines", "lastEventId": "7"},
            lost,
            {"type": "open"},
            {"type": "event", "event": "message", "data": "ü", "lastEventId": "7"},
            {"type": "event", "event": "message", "data": "\ufffd", "lastEventId": "7"},
            lost,
        ])
        self.assertEqual(said, "")
        self.assertEqual(server.ids(), [None, "7", "7"])
        self.assertEqual(Events.field(server.seen[0], "accept"), "text/event-stream")
        self.assertEqual(Events.field(server.seen[0], "cache-control"), "no-store")

    def test_people_see_the_data(self):
        with Events(STREAM + b"retry: 1200\ndata: one\n\nid: 7\ndata: two\n\ndata: three\n\nevent: greeting\ndata: four\ndata: lines\n\n") as server:
            result = aloft("sse", server.url)
        self.assertEqual(result.stdout, "one\n-- message (id 7)\ntwo\nthree\n-- greeting\nfour\nlines\n")
        self.assertEqual(result.stderr, f"""\
aloft sse: http://127.0.0.1:{server.port}: the server ended the stream; connecting again in 1.2 s
aloft sse: {server.url}: the server has no more events (204)
""")
        self.assertEqual(result.returncode, 0)

    def test_it_goes_on_where_it_is_told_to(self):
        for options in (("--last-event-id", "41"), ("-H", "Last-Event-ID: 41")):
            with Events(STREAM + b"retry: 100\n\nid: 42\ndata: x\n\n") as server:
                self.lines(server, *options)
            self.assertEqual(server.ids(), ["41", "42"])

    def test_events_are_counted(self):
        with Events(STREAM + b"data: 1\n\ndata: 2\n\ndata: 3\n\n", hold=True) as server:
            lines, _ = self.lines(server, "--limit", "2")
        self.assertEqual([line.get("data") for line in lines], [None, "1", "2"])

    def test_redirects_are_followed_and_keep_credentials_at_home(self):
        with Events(STREAM + b"data: here\n\n") as other, Events(redirect("/elsewhere"), redirect(other.url + "?x")) as server:
            lines, _ = self.lines(server, "-H", "Authorization: Bearer sesame", "-H", "X-Other: kept", "--limit", "1")
        self.assertEqual(lines[-1]["data"], "here")
        self.assertTrue(server.seen[1].startswith(b"GET /elsewhere HTTP/1.1\r\n"))
        self.assertTrue(other.seen[0].startswith(b"GET /events?x HTTP/1.1\r\n"))
        self.assertEqual([Events.field(head, "authorization") for head in server.seen + other.seen], ["Bearer sesame", "Bearer sesame", None])
        self.assertEqual(Events.field(other.seen[0], "x-other"), "kept")

    def test_redirects_end(self):
        for answers, requests, said in (([redirect("/events")], 1, "again"), ([redirect(f"/{n}") for n in range(30)], 21, "21 redirects")):
            with self.subTest(said), Events(*answers) as server:
                lines, message = self.lines(server, code=47)
                self.assertEqual([(line["type"], line["fatal"]) for line in lines], [("error", True)])
                self.assertTrue(message.startswith(f"aloft sse: http://127.0.0.1:{server.port}: "), message)
                self.assertIn(said, message)
                self.assertEqual(len(server.seen), requests)

    def test_what_is_no_event_stream_is_said(self):
        for answer, said in (
            (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "the server answered with status 404"),
            (b"HTTP/1.1 500 Oh\r\ncontent-type: text/event-stream\r\ncontent-length: 0\r\n\r\n", "the server answered with status 500"),
            (b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 0\r\n\r\n",
             "the server answered with content of another kind: text/html in place of text/event-stream"),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
             "the server answered with content of another kind: nothing said of its type in place of text/event-stream"),
        ):
            with self.subTest(said), Events(answer) as server:
                lines, message = self.lines(server, code=22)
                self.assertEqual(lines, [{"type": "error", "fatal": True, "message": f"http://127.0.0.1:{server.port}: {said}"}])
                self.assertEqual(message, f"aloft sse: http://127.0.0.1:{server.port}: {said}\n")
                self.assertEqual(len(server.seen), 1)

    def test_wrong_usage_is_said(self):
        for arguments, said in (
            (("localhost:8000/x",), '"localhost:8000/x" is no URL; it should look like http://host/path'),
            (("http://me:sesame@h/",), "a URL carries no user and password; -H 'authorization: Basic ...' sends them"),
            (("http://h/", "-H", "nonsense"), "-H wants 'name: value', not \"nonsense\""),
            (("http://h/", "--http2"), "--http2 is agreed on within TLS, so it needs an https:// URL; on http:// there is --http2-prior-knowledge"),
        ):
            with self.subTest(arguments):
                result = aloft("sse", *arguments)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (2, "", f"aloft sse: {said}\n"))

    def test_a_server_that_is_not_there_is_tried_again(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        result = aloft("sse", f"http://127.0.0.1:{port}/", "--max-time", "0.5")
        self.assertEqual((result.returncode, result.stdout), (28, ""))
        first, *_, last = result.stderr.splitlines()
        self.assertIn(f"aloft sse: http://127.0.0.1:{port}: ", first)
        self.assertTrue(first.endswith(" - is the server running, and the port right?; connecting again in 3 s"), first)
        self.assertEqual(last, "aloft sse: --max-time is over")

    def test_silence_may_be_bounded(self):
        with Events(STREAM + b"retry: 100\n\ndata: x\n\n", GONE, hold=True) as server:
            lines, _ = self.lines(server, "--gap", "0.2")
        self.assertEqual([line["type"] for line in lines], ["open", "event", "error"])
        self.assertFalse(lines[-1]["fatal"])

    def test_control_c_ends_it(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with Events(STREAM + b"data: x\n\n", hold=True) as server:
                process = subprocess.Popen([ALOFT, "sse", server.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=CLEAN)
                self.assertEqual(process.stdout.readline(), "x\n")  # at once, not when it ends
                process.send_signal(number)
                rest = process.communicate(timeout=TIMEOUT)
                self.assertEqual((process.returncode, *rest), (130, "", ""))

    def test_a_full_disk_is_said(self):
        with Events(STREAM + b"data: x\n\n", hold=True) as server, open("/dev/full", "w") as full:
            result = subprocess.run([ALOFT, "sse", server.url], stdout=full, stderr=subprocess.PIPE, text=True, env=CLEAN, timeout=TIMEOUT)
        self.assertEqual((result.returncode, result.stderr), (23, "aloft sse: standard output cannot be written: No space left on device\n"))


if __name__ == "__main__":
    main()
