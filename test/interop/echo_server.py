"""A model server that repeats the prompt, by Python's own HTTP/1.1 server: chunked events, a thread a connection.

usage: echo_server.py [certificate key]; prints its port.
"""

import json
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served = 0

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.served += 1
        if self.served == 3:  # then it wants a new connection
            self.send_header("Connection", "close")
        self.end_headers()
        for piece in ["echo:", *(" " + word for word in asked["messages"][-1]["content"].split(" "))]:
            self.event({"delta": {"content": piece}, "finish_reason": None})
        self.event({"delta": {}, "finish_reason": "stop"})
        self.chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def event(self, choice):
        data = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "echo",
                "choices": [{"index": 0, **choice}]}
        self.chunk(b"data: " + json.dumps(data).encode() + b"\n\n")

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
server.serve_forever()
