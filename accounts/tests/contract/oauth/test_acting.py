"""Libraries discover the issuer, sign a service client in, and introspect and revoke for it."""

from pathlib import Path

import pytest

from accounts.tests.contract.oauth.conftest import Client, Shelf, make_client
from accounts.tests.contract.oauth.libraries import CLIENTS, Installed, RefusedError
from accounts.tests.races import people
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of
from accounts.tests.support.processes import Server, Servers

pytestmark = [
    pytest.mark.clients,
    pytest.mark.processes,
    pytest.mark.timeout(900),
    pytest.mark.parametrize("library", CLIENTS),
]


@pytest.mark.parametrize("name", ["oauth2", "oidc"])
def test_both_well_known_names_lead_to_the_endpoints(library: str, name: str, shelf: Shelf, issuer: Server) -> None:
    metadata = shelf.take(library).ask("discover", algorithm=name)
    assert metadata["issuer"] == issuer.url
    assert metadata["jwks_uri"] == f"{issuer.url}/.well-known/jwks.json"
    assert metadata["token_endpoint"] == f"{issuer.url}/auth/token"
    assert metadata["introspection_endpoint"] == f"{issuer.url}/auth/introspect"
    assert metadata["revocation_endpoint"] == f"{issuer.url}/auth/revoke"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_service_client_signs_in(library: str, method: str, shelf: Shelf, client: Client) -> None:
    answer = shelf.take(library).ask("get_token", method=method)
    assert answer["token_type"].lower() == "bearer"
    assert answer["expires_in"] == 300
    assert set(answer["scope"].split()) == {"tokens:introspect", "users:read", "orders:ship"}
    assert claims_of(answer["access_token"])["sub"] == client.id


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_wrong_secret_is_refused(library: str, method: str, shelf: Shelf) -> None:
    with pytest.raises(RefusedError, match="invalid_client"):
        shelf.take(library).ask("get_token", method=method, secret="wrong-secret")


def test_a_scope_that_the_client_has_not_is_refused(library: str, shelf: Shelf) -> None:
    with pytest.raises(RefusedError, match="invalid_scope"):
        shelf.take(library).ask("get_token", scope="users:admin")


def test_introspection_tells_a_good_token_from_a_refresh_token(library: str, shelf: Shelf, tokens: Tokens) -> None:
    asked = shelf.take(library)
    good = asked.ask("introspect", token=tokens.access)
    assert good["active"] is True
    assert good["sub"] == claims_of(tokens.access)["sub"]
    assert asked.ask("introspect", token=tokens.refresh) == {"active": False}
    assert asked.ask("introspect", token="garbage") == {"active": False}


def test_introspection_without_its_scope_is_refused(
    library: str, fleet: Servers, issuer: Server, installed: Installed, tokens: Tokens, tmp_path: Path
) -> None:
    other = make_client(fleet.database, scopes=["users:read"])
    shelf = Shelf(installed, issuer.url, other, tmp_path, tolerance=0)
    try:
        with pytest.raises(RefusedError, match="insufficient_scope"):
            shelf.take(library).ask("introspect", token=tokens.access)
    finally:
        shelf.clear()


@pytest.mark.parametrize("which", ["access", "refresh"])
def test_revocation_ends_the_session(library: str, which: str, shelf: Shelf, issuer: Server, tokens: Tokens) -> None:
    asked = shelf.take(library)
    asked.ask("revoke", token=getattr(tokens, which))
    assert asked.ask("introspect", token=tokens.access) == {"active": False}
    assert people.verdict(people.refresh(issuer, tokens.refresh)) == (401, "session_revoked")
    asked.ask("revoke", token=getattr(tokens, which))  # RFC 7009 section 2.2: once more is no error


def test_a_service_token_is_not_revoked(library: str, shelf: Shelf) -> None:
    asked = shelf.take(library)
    token = asked.ask("get_token")["access_token"]
    with pytest.raises(RefusedError, match="unsupported_token_type"):
        asked.ask("revoke", token=token)
    assert asked.ask("introspect", token=token)["active"] is True
