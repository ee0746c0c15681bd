"""Tokens that nobody may take for an access token of this fleet, made with more than any thief has."""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm

from accounts.keys import jwk
from accounts.keys.ring import ring
from accounts.models import Algorithm, KeyPurpose
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, header_of, part, resigned

ES256: Final = ECAlgorithm(ECAlgorithm.SHA256)


def expired(tokens: Tokens) -> str:
    now = int(time.time())
    return resigned(tokens.access, claims={"iat": now - 4000, "nbf": now - 4000, "exp": now - 3700})


def for_another_audience(tokens: Tokens) -> str:
    return resigned(tokens.access, claims={"aud": "another-fleet"})


def for_several_others(tokens: Tokens) -> str:
    return resigned(tokens.access, claims={"aud": ["fleet-2", "another-fleet"]})


def from_another_issuer(tokens: Tokens) -> str:
    return resigned(tokens.access, claims={"iss": "https://elsewhere.example.com"})


def refresh_token(tokens: Tokens) -> str:
    return tokens.refresh


def refresh_token_in_disguise(tokens: Tokens) -> str:
    """All that an access token says, under the key of refresh tokens."""
    return resigned(tokens.refresh, header={"typ": "at+jwt"}, claims=claims_of(tokens.access))


def with_altered_claims(tokens: Tokens) -> str:
    header, _, signature = tokens.access.split(".")
    return f"{header}.{part(claims_of(tokens.access) | {'groups': ['admins']})}.{signature}"


def with_altered_signature(tokens: Tokens) -> str:
    signed, _, signature = tokens.access.rpartition(".")
    return f"{signed}.{signature[:20]}{'A' if signature[20] != 'A' else 'B'}{signature[21:]}"


def unsigned(tokens: Tokens) -> str:
    return f"{part(header_of(tokens.access) | {'alg': 'none'})}.{part(claims_of(tokens.access))}."


def signed_with_the_public_key_as_secret(tokens: Tokens) -> str:
    """Algorithm confusion (RFC 8725 section 2.1)."""
    key = ring.find(header_of(tokens.access)["kid"], KeyPurpose.ACCESS)
    assert key is not None
    assert key.public_jwk is not None
    public = ES256.from_jwk(dict(key.public_jwk))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signing_input = f"{part(header_of(tokens.access) | {'alg': 'HS256'})}.{part(claims_of(tokens.access))}"
    return f"{signing_input}.{part(hmac.digest(pem, signing_input.encode(), hashlib.sha256))}"


def signed_by_a_stranger(tokens: Tokens) -> str:
    """Who says to have our key."""
    return _by_stranger(tokens, lambda own: {})


def signed_by_a_stranger_with_a_key_of_their_own(tokens: Tokens) -> str:
    return _by_stranger(tokens, lambda own: {"kid": jwk.thumbprint(own)})


def signed_by_a_stranger_who_sends_the_key(tokens: Tokens) -> str:
    return _by_stranger(tokens, lambda own: {"jwk": jwk.public_half(own, Algorithm.ES256)})


def _by_stranger(tokens: Tokens, named: Callable[[Mapping[str, Any]], dict[str, Any]]) -> str:
    own = jwk.generate(Algorithm.ES256)
    key = ES256.from_jwk(own)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signing_input = f"{part(header_of(tokens.access) | named(own))}.{part(claims_of(tokens.access))}"
    return f"{signing_input}.{part(ES256.sign(signing_input.encode(), key))}"


FORGERIES: Final = (
    refresh_token,
    refresh_token_in_disguise,
    expired,
    for_another_audience,
    for_several_others,
    from_another_issuer,
    with_altered_claims,
    with_altered_signature,
    unsigned,
    signed_with_the_public_key_as_secret,
    signed_by_a_stranger,
    signed_by_a_stranger_with_a_key_of_their_own,
    signed_by_a_stranger_who_sends_the_key,
)
