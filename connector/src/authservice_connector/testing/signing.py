"""A key that signs tokens as the auth service does."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from authservice_connector.claims import ACCESS_TYP

__all__ = ["SigningKey"]


class SigningKey:
    """ES256; known to this process alone."""

    def __init__(self, kid: str = "") -> None:
        self.kid = kid or uuid4().hex
        self.private = ec.generate_private_key(ec.SECP256R1())

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half, as it is published."""
        public = jwt.algorithms.ECAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return public | {"kid": self.kid, "alg": "ES256", "use": "sig"}

    def sign(self, payload: Mapping[str, Any], **header: Any) -> str:
        head = {"typ": ACCESS_TYP, "alg": "ES256", "kid": self.kid} | header
        signing_input = f"{_encoded(head)}.{_encoded(payload)}"
        algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
        signature = algorithm.sign(signing_input.encode(), self.private)
        return f"{signing_input}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _encoded(value: Mapping[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
