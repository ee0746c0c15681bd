"""Verifies by joserfc."""

from typing import Any

from answering import AUDIENCE, ISSUER, answer
from joserfc import jwt
from joserfc.errors import InvalidClaimError
from keeping import Keys

KEYS = Keys()
CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    sub={"essential": True},
    exp={"essential": True},
    iat={"essential": True},
)


def verify(token: str) -> dict[str, Any]:
    decoded = jwt.decode(token, KEYS.current(), algorithms=["ES256"])
    if decoded.header.get("typ") != "at+jwt":
        raise InvalidClaimError("typ")
    CLAIMS.validate(decoded.claims)
    return decoded.claims


if __name__ == "__main__":
    answer(verify=verify)
