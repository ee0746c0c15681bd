"""What a service client's token says (RFC 9068), and that it is never taken for a person's."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.errors import TokenInvalid
from accounts.models import ServiceClient
from accounts.principals import ClientPrincipal, UserPrincipal
from accounts.services.clients.clients import NewSecret
from accounts.services.signing_keys import keys
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, header_of, resigned
from accounts.tokens import issuing, verifying

pytestmark = pytest.mark.django_db

CLAIMS = {"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "sid", "client_id", "scope"}


@pytest.fixture
def made() -> NewSecret:
    return service_clients.make("orders:write", "users:read")


@pytest.fixture
def token(made: NewSecret) -> str:
    return service_clients.token_of(made)


def test_it_says_what_rfc_9068_asks_for_and_nothing_of_a_person(made: NewSecret, token: str) -> None:
    claims = claims_of(token)
    assert set(claims) == CLAIMS
    assert (claims["iss"], claims["aud"]) == ("http://localhost:8000", "fleet")
    assert claims["sub"] == claims["client_id"] == made.client.pk
    assert (claims["sid"], claims["scope"]) == (str(made.client.epoch), "orders:write users:read")
    assert (claims["exp"] - claims["iat"], claims["nbf"]) == (300, claims["iat"])
    assert header_of(token)["typ"] == "at+jwt"


def test_no_two_tokens_are_alike(made: NewSecret) -> None:
    assert claims_of(service_clients.token_of(made))["jti"] != claims_of(service_clients.token_of(made))["jti"]


def test_it_lives_as_long_as_a_persons_from_the_moment_that_the_database_said(
    made: NewSecret, token: str, settings: Settings
) -> None:
    settings.AUTH_ACCESS_LIFETIME = 60
    at = timezone.now().replace(microsecond=999_999)
    claims = claims_of(issuing.issue_for_client(made.client, scope="users:read", at=at).access_token)
    assert (claims["iat"], claims["exp"]) == (int(at.timestamp()), int(at.timestamp()) + 60)


def test_without_scopes_there_is_no_such_claim(made: NewSecret, token: str) -> None:
    bare = issuing.issue_for_client(made.client, scope="", at=timezone.now()).access_token
    assert set(claims_of(bare)) == CLAIMS - {"scope"}
    assert verifying.verify_access(bare).scope == ""


def test_what_people_s_tokens_carry_by_setting_is_not_in_it(made: NewSecret, settings: Settings) -> None:
    settings.AUTH_ACCESS_CLAIMS = ["groups", "email", "email_verified", "first_name"]
    assert set(claims_of(service_clients.token_of(made))) == CLAIMS


def test_any_library_verifies_it_with_the_published_key(made: NewSecret, token: str) -> None:
    published = {key["kid"]: key for key in keys.published()}
    key = jwt.PyJWK(dict(published[header_of(token)["kid"]]))
    claims = jwt.decode(token, key, algorithms=["ES256"], audience="fleet", issuer="http://localhost:8000")
    assert claims["sub"] == made.client.pk


def test_it_is_believed_as_the_clients_own(made: NewSecret, token: str) -> None:
    claims = verifying.verify_access(token)
    scopes = frozenset({"orders:write", "users:read"})
    assert claims.principal == ClientPrincipal(made.client.pk, made.client.epoch, scopes)
    assert (claims.client_id, claims.scope) == (made.client.pk, "orders:write users:read")


def test_a_persons_token_is_a_persons_whatever_else_it_says(tokens: Tokens) -> None:
    """RFC 9068 section 2.2: only where the client is the subject does it speak for itself."""
    claims = claims_of(tokens.access)
    for said in ({}, {"client_id": "svc_mfrggzdfmztwq2lkmfrggzdf"}, {"scope": "users:admin"}):
        verified = verifying.verify_access(resigned(tokens.access, claims=said))
        assert isinstance(verified.principal, UserPrincipal)
        assert str(verified.principal.user_id) == claims["sub"]


@pytest.mark.parametrize(
    "said",
    [
        {"sub": "svc_mfrggzdfmztwq2lkmfrggzdf"},
        {"client_id": "svc_mfrggzdfmztwq2lkmfrggzdf"},
        {"client_id": "authservice"},
        {"sid": "svc_mfrggzdfmztwq2lkmfrggzdf"},
        {"sid": str(uuid4()).upper()},
        {"sid": None},
        {"scope": None},
        {"scope": ["users:admin"]},
        {"scope": {"users:admin": True}},
        {"sub": 7, "client_id": 7},
        {"sub": None, "client_id": None},
    ],
)
def test_one_that_contradicts_itself_is_nobodys(token: str, said: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        verifying.verify_access(resigned(token, claims=said))


@pytest.mark.parametrize("name", sorted(CLAIMS - {"scope", "jti"}))
def test_one_that_lacks_a_claim_is_nobodys(token: str, name: str) -> None:
    with pytest.raises(TokenInvalid):
        verifying.verify_access(resigned(token, without={name}))


def test_a_token_is_signed_for_what_the_caller_has_read(made: NewSecret, token: str) -> None:
    """A client that was changed meanwhile has another epoch, so this one is dead already."""
    ServiceClient.objects.update(epoch=uuid4())
    at: datetime = timezone.now()
    assert claims_of(issuing.issue_for_client(made.client, scope="", at=at).access_token)["sid"] == str(
        made.client.epoch
    )
