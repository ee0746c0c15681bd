"""The auth service of these tests on a socket, for what runs in processes of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authservice_connector.transport import Answer

from tests.service import Service


@contextmanager
def served(service: Service) -> Iterator[str]:
    """Its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            self._answer(service.get(parts.path, query=dict(parse_qsl(parts.query)), bearer=self._bearer()))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.headers["Content-Type"] == "application/json":
                self._answer(service.post_json(self.path, json.loads(body), bearer=self._bearer()))
            else:
                form = dict(parse_qsl(body))
                self._answer(service.post_form(self.path, form, client_id="svc_a", client_secret="a secret"))

        def _bearer(self) -> str:
            return str(self.headers.get("Authorization", "")).removeprefix("Bearer ")

        def _answer(self, answer: Answer) -> None:
            body = b"" if answer.status == 204 else json.dumps(answer.document).encode()
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
