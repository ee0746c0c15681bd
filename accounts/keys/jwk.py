"""JSON Web Keys (RFC 7517): made, named by their thumbprint (RFC 7638), and cut down to their public half."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from accounts.models import Algorithm

RSA_BITS: Final = 3072  # NIST SP 800-57 part 1, 128 bits of security
HMAC_BYTES: Final = 32  # RFC 7518 section 3.2
REQUIRED_MEMBERS: Final = {
    "EC": ("crv", "kty", "x", "y"),
    "RSA": ("e", "kty", "n"),
    "OKP": ("crv", "kty", "x"),
    "oct": ("k", "kty"),
}

Jwk = dict[str, Any]


def generate(algorithm: Algorithm) -> Jwk:
    """A new private key."""
    match algorithm:
        case Algorithm.ES256:
            return dict(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True))
        case Algorithm.RS256:
            return dict(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, RSA_BITS), as_dict=True))
        case Algorithm.EDDSA:
            return dict(OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate(), as_dict=True))
        case Algorithm.HS256:
            return {"kty": "oct", "k": _base64url(secrets.token_bytes(HMAC_BYTES))}


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638: SHA-256 over the required members in lexicographic order, without white space."""
    members = {name: jwk[name] for name in REQUIRED_MEMBERS[jwk["kty"]]}
    return _base64url(hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest())


def public_half(jwk: Mapping[str, Any], algorithm: Algorithm) -> Jwk | None:
    """What may be published; None for a symmetric key, which has no such half."""
    if jwk["kty"] == "oct":
        return None
    members = {name: jwk[name] for name in REQUIRED_MEMBERS[jwk["kty"]]}
    return members | {"alg": str(algorithm), "use": "sig", "kid": thumbprint(jwk)}


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
