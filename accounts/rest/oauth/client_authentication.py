"""Who calls an OAuth endpoint: a service client by its secret (RFC 6749 section 2.3.1), or whoever has a token."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_plus

from accounts.errors import InvalidClient
from accounts.principals import Caller, bearer_token
from accounts.rest.oauth.errors import InvalidRequest
from accounts.services import identification
from accounts.services.clients import client_credentials
from accounts.services.clients.client_credentials import Authenticated

TWO_WAYS: Final = "Send the credentials once: by the Authorization header, or in the body."
NEEDED: Final = "Send the client's id and secret: by HTTP Basic, or as client_id and client_secret in the body."


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """As they were sent, unverified."""

    client_id: str
    secret: str = field(repr=False)


def authenticate(authorization: str, form: Mapping[str, str]) -> Authenticated:
    """The client whose credentials these are. Raises InvalidRequest, or InvalidClient, also without any."""
    if (credentials := _find_credentials(authorization, form)) is None:
        raise InvalidClient(NEEDED)
    return client_credentials.authenticate(credentials.client_id, credentials.secret)


def find(authorization: str, form: Mapping[str, str]) -> Authenticated | None:
    """As `authenticate`, but None for wrong credentials, which nobody is told of."""
    credentials = _find_credentials(authorization, form)
    return None if credentials is None else client_credentials.find(credentials.client_id, credentials.secret)


def find_caller(authorization: str, form: Mapping[str, str]) -> Caller | None:
    """As `authenticate`, or by a Bearer token, for which it raises as `identify`. None for who shows nothing: an id
    alone proves nothing, and claims nothing.
    """
    if _scheme_of(authorization) == "bearer":
        if "client_secret" in form:
            raise InvalidRequest(TWO_WAYS)
        return identification.identify(bearer_token(authorization) or "").principal
    if not authorization and "client_secret" not in form:
        return None
    return authenticate(authorization, form).principal


def _find_credentials(authorization: str, form: Mapping[str, str]) -> ClientCredentials | None:
    """A `client_id` beside the header is no second way to authenticate, as long as it is the same."""
    if not authorization:
        secret, client_id = form.get("client_secret"), form.get("client_id")
        return None if secret is None or client_id is None else ClientCredentials(client_id, secret)
    if "client_secret" in form:
        raise InvalidRequest(TWO_WAYS)
    credentials = _of_basic(authorization)
    if form.get("client_id", credentials.client_id) != credentials.client_id:
        raise InvalidRequest("The body names another client_id than the Authorization header.")
    return credentials


def _of_basic(authorization: str) -> ClientCredentials:
    """Percent-encoded before they were joined, says RFC 6749; many clients do not, and what we hand out is the same
    both ways.
    """
    scheme, _, encoded = authorization.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        client_id, separator, secret = b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        if not separator:
            raise ValueError(separator)
        return ClientCredentials(unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict"))
    except ValueError:  # UnicodeDecodeError and binascii.Error are such
        raise InvalidClient("Write `Authorization: Basic`, then base64 of the id, a colon and the secret.") from None


def _scheme_of(authorization: str) -> str:
    return authorization.partition(" ")[0].lower()
