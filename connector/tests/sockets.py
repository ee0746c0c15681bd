"""Servers on real sockets that answer as a test has them, with TLS or without."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Serve = Callable[[socket.socket], None]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def server(serve: Serve, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Its URL. Each connection is read once and then answered by `serve`."""
    listener = socket.create_server(("127.0.0.1", 0))
    port, scheme = listener.getsockname()[1], "http"
    if context is not None:
        listener, scheme = context.wrap_socket(listener, server_side=True), "https"

    def run() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    serve(connection)

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"{scheme}://127.0.0.1:{port}"
    finally:
        listener.close()


def answering(body: bytes, *, head: bytes = HEAD, length: int | None = None) -> Serve:
    size = len(body) if length is None else length
    return lambda connection: connection.sendall(head + b"Content-Length: %d\r\n\r\n" % size + body)


def certified(directory: Path, monkeypatch: pytest.MonkeyPatch, *, host: str = "") -> ssl.SSLContext:
    """For 127.0.0.1 or this host, and trusted by who connects in this test."""
    whose = x509.DNSName(host) if host else x509.IPAddress(IPv4Address("127.0.0.1"))
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(hours=1), now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([whose]), critical=False)
        .sign(key, hashes.SHA256())
    )
    written = directory / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    written.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(written))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(written)
    return context
