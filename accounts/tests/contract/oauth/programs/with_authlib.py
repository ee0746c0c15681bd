"""Discovers, verifies as RFC 9068 says, and acts for a service client by Authlib."""

import os
from typing import Any

import requests
from answering import AUDIENCE, CLIENT, ISSUER, answer
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import KeySet
from keeping import Keys

SUFFIXES = {"oauth2": "oauth-authorization-server", "oidc": "openid-configuration"}

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # on a loopback


class Validator(JWTBearerTokenValidator):
    keys = Keys()

    def get_jwks(self) -> KeySet:
        return self.keys.current()


def discover(algorithm: str = "oauth2") -> dict[str, Any]:
    url = get_well_known_url(ISSUER, external=True, suffix=SUFFIXES[algorithm])
    metadata = AuthorizationServerMetadata(requests.get(url, timeout=5).json())
    metadata.validate()
    return dict(metadata)


def verify(token: str) -> dict[str, Any]:
    validator = Validator(ISSUER, AUDIENCE)
    claims = validator.authenticate_token(token)
    validator.validate_token(claims, scopes=None, request=None)
    return dict(claims)


def get_token(method: str = "client_secret_basic", secret: str = CLIENT["secret"], **parameters: str) -> dict[str, Any]:
    session = OAuth2Session(CLIENT["id"], secret, token_endpoint_auth_method=method)
    return dict(session.fetch_token(METADATA["token_endpoint"], grant_type="client_credentials", **parameters))


def introspect(token: str) -> dict[str, Any]:
    return dict(_good(SESSION.introspect_token(METADATA["introspection_endpoint"], token)).json())


def revoke(token: str) -> None:
    _good(SESSION.revoke_token(METADATA["revocation_endpoint"], token))


def _good(answer: requests.Response) -> requests.Response:
    """These answers the library leaves to its user."""
    if not answer.ok:
        said = answer.json()
        raise OAuthError(said["error"], said.get("error_description"))
    return answer


METADATA = discover()
SESSION = OAuth2Session(CLIENT["id"], CLIENT["secret"])

if __name__ == "__main__":
    answer(discover=discover, verify=verify, get_token=get_token, introspect=introspect, revoke=revoke)
