"""A server that speaks as much of Footfall's API as the tests ask, and can be told to misbehave.

It remembers ids as Footfall does: what comes again counts once.
"""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class FakeFootfall:
    def __init__(self):
        self.hits = []  # in the order in which they counted
        self.requests = []  # (method, path, parameters, body)
        self.ids = set()
        self.connections = set()
        self.answers = {}  # path → (status, body)
        self.refuses = lambda hit: None  # the reason for which a hit is refused
        self.refusal_code = "invalid"
        self.refuses_bodies = lambda hits: False
        self.retry_after = None
        self.lose_answers = 0  # so many requests to record are counted and not answered
        self.delay_seconds = 0
        self._lock = threading.Lock()
        self._server = None
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, port=0):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def setup(self):
                super().setup()
                fake.connections.add(self.connection)

            def finish(self):
                fake.connections.discard(self.connection)
                super().finish()

            def do_GET(self):
                fake._handle(self, "GET")

            def do_POST(self):
                fake._handle(self, "POST")

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # gone already

    def start_again(self):
        self.start(self.port)

    def _handle(self, handler, method):
        parts = urlsplit(handler.path)
        text = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        body = json.loads(text) if text else None
        parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with self._lock:
            self.requests.append((method, parts.path, parameters, body))
            status, answer = self._answer(method, parts.path, body)
            lost = method == "POST" and parts.path == "/api/visits" and self.lose_answers > 0
            if lost:
                self.lose_answers -= 1
        if lost:
            handler.connection.close()
            return
        threading.Event().wait(self.delay_seconds)
        out = json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        if status == 503 and self.retry_after is not None:
            handler.send_header("Retry-After", str(self.retry_after))
        handler.send_header("Content-Length", str(len(out)))
        try:
            handler.end_headers()
            handler.wfile.write(out)
        except OSError:
            pass  # nobody waits any more

    def _answer(self, method, path, body):
        if path in self.answers:
            return self.answers[path]
        if method == "POST" and path == "/api/visits":
            if self.refuses_bodies(body):
                return problem(400, "invalid", "the body is wrong", "body")
            taken, refused = [], []
            for index, hit in enumerate(body):
                reason = self.refuses(hit)
                if reason:
                    refused.append({"index": index, "code": self.refusal_code, "field": "path", "reason": reason})
                    continue
                taken.append(hit.get("id"))
                if hit.get("id") not in self.ids:
                    self.ids.add(hit.get("id"))
                    self.hits.append(hit)
            return 202, {"accepted": len(taken), "ids": taken, "refused": refused}
        if path == "/api/page-key":
            return 200, {"key": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
        return 404, {"code": "not_found", "detail": "there is no such route"}


def problem(status, code, detail, field=None):
    return status, {"code": code, "detail": detail, "field": field, "status": status}
