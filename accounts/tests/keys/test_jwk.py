"""Keys are named by their thumbprint, and their public half holds nothing private."""

import pytest

from accounts.keys import jwk
from accounts.models import Algorithm

RFC_7638_EXAMPLE = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjB"
    "ZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8"
    "KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
    "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}


def test_the_thumbprint_is_that_of_the_rfc() -> None:
    assert jwk.thumbprint(RFC_7638_EXAMPLE) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize(
    ("algorithm", "members"),
    [
        (Algorithm.ES256, {"kty", "crv", "x", "y", "alg", "use", "kid"}),
        (Algorithm.RS256, {"kty", "n", "e", "alg", "use", "kid"}),
        (Algorithm.EDDSA, {"kty", "crv", "x", "alg", "use", "kid"}),
    ],
)
def test_the_public_half_has_public_members_alone(algorithm: Algorithm, members: set[str]) -> None:
    private = jwk.generate(algorithm)
    public = jwk.public_half(private, algorithm)
    assert public is not None
    assert set(public) == members
    assert (public["alg"], public["use"], public["kid"]) == (algorithm, "sig", jwk.thumbprint(private))


def test_a_symmetric_key_has_no_public_half() -> None:
    private = jwk.generate(Algorithm.HS256)
    assert jwk.public_half(private, Algorithm.HS256) is None
    assert len(private["k"]) == 43  # 256 bits


def test_no_two_keys_are_alike() -> None:
    assert len({jwk.thumbprint(jwk.generate(algorithm)) for algorithm in (Algorithm.ES256, Algorithm.HS256) * 3}) == 6
