"""Verifies by PyJWT, with its own client for key sets."""

from typing import Any

import jwt
from answering import AUDIENCE, ISSUER, JWKS_URI, answer

KEYS = jwt.PyJWKClient(JWKS_URI)
REQUIRED = ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"]  # RFC 9068 section 2.2


def verify(token: str) -> dict[str, Any]:
    key = KEYS.get_signing_key_from_jwt(token)
    decoded = jwt.decode_complete(
        token, key, algorithms=["ES256"], issuer=ISSUER, audience=AUDIENCE, options={"require": REQUIRED}
    )
    if decoded["header"].get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("no access token")
    return dict(decoded["payload"])


if __name__ == "__main__":
    answer(verify=verify)
