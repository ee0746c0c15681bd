"""What the token endpoint gives (RFC 6749 section 4.4): for its view, and for whoever answers in the view's place."""

import io
from collections.abc import Mapping
from typing import Any, Final

from rest_framework.exceptions import APIException

from accounts.errors import Refusal
from accounts.rest.oauth import client_authentication
from accounts.rest.oauth.errors import UnsupportedGrantType
from accounts.rest.oauth.forms import FormParser, given_in
from accounts.rest.serializers.oauth import TokenForm
from accounts.rest.serializers.shaping import take
from accounts.services.clients import client_credentials
from accounts.services.clients.client_credentials import Authenticated

GRANT_TYPE: Final = "client_credentials"


def grant(authorization: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The answer to a form that was read. Raises what is to be refused."""
    if form["grant_type"] != GRANT_TYPE:
        raise UnsupportedGrantType
    return _answer(client_authentication.authenticate(authorization, form), form)


def find_grant(authorization: str, body: bytes) -> dict[str, Any] | None:
    """The answer to a form as it came; None for whatever is to be refused, which nobody is told of."""
    try:
        form = take(TokenForm, given_in(FormParser().parse(io.BytesIO(body))))
        client = client_authentication.find(authorization, form) if form["grant_type"] == GRANT_TYPE else None
        return None if client is None else _answer(client, form)
    except (APIException, Refusal):
        return None


def _answer(client: Authenticated, form: Mapping[str, str]) -> dict[str, Any]:
    """As `ClientTokenResponse` describes it."""
    token = client_credentials.issue(client, scope=form.get("scope"))
    answer = {"access_token": token.access_token, "token_type": "Bearer", "expires_in": token.expires_in}
    return answer | {"scope": token.scope} if token.scope else answer
