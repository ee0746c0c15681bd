"""An auth service in miniature: keys, tokens, notices and answers as CONTRACT has them, without a socket."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from authservice_connector.testing.signing import SigningKey

Key = SigningKey
ISSUER = "https://auth.example.com"
AUDIENCE = "fleet"


def payload(**changes: Any) -> dict[str, Any]:
    """Of a person's token; None leaves a claim out."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "client_id": "authservice",
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "groups": ["admins"],
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def jwks(*keys: Key) -> dict[str, Any]:
    return {"keys": [key.jwk for key in keys]}


class Fetch:
    """Answers with `document`, or raises it; counts."""

    def __init__(self, document: Mapping[str, Any] | Exception) -> None:
        self.document, self.count = document, 0

    def __call__(self) -> Mapping[str, Any]:
        self.count += 1
        if isinstance(self.document, Exception):
            raise self.document
        return self.document


def notice(notice_type: str, subject: str, **data: Any) -> dict[str, Any]:
    return {
        "seq": 1,
        "id": str(uuid4()),
        "type": notice_type,
        "subject": subject,
        "occurred_at": "2026-01-01T00:00:00Z",
        "expires": "2026-01-01T00:05:30Z",
        "data": data,
    }


Later = Callable[[float], None]
