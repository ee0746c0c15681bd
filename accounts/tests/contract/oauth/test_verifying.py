"""Libraries take our access tokens for what they are, and nothing else for one."""

from collections.abc import Callable

import pytest

from accounts.tests.contract.oauth.conftest import QUIETLY, Client, Shelf, make_client
from accounts.tests.contract.oauth.forgeries import FORGERIES
from accounts.tests.contract.oauth.libraries import VERIFIERS, RefusedError
from accounts.tests.races import people
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, header_of
from accounts.tests.support.processes import Server, Servers

pytestmark = [
    pytest.mark.clients,
    pytest.mark.processes,
    pytest.mark.timeout(900),
    pytest.mark.parametrize("library", VERIFIERS),
]

Forgery = Callable[[Tokens], str]

SHOWN = ("iss", "aud", "sub", "client_id")


@pytest.fixture(scope="module")
def of_two_audiences(fleet: Servers, issuer: Server) -> Server:
    """Another process of the same issuer, from the time when its fleet became two."""
    (server,) = fleet.start(env=QUIETLY | {"AUTH_ISSUER": issuer.url, "AUTH_AUDIENCE": "partners,fleet"})
    return server


@pytest.fixture(scope="module")
def of_no_scope(fleet: Servers, issuer: Server) -> str:
    """A service's access token that says nothing of scopes."""
    made = make_client(fleet.database, scopes=[])
    asked = {"grant_type": "client_credentials", "client_id": made.id, "client_secret": made.secret}
    with issuer.client() as http:
        return str(http.post("/auth/token", asked).json["access_token"])


def test_an_access_token_of_a_person_is_accepted(library: str, shelf: Shelf, issuer: Server, tokens: Tokens) -> None:
    header, expected = header_of(tokens.access), claims_of(tokens.access)
    assert (header["alg"], header["typ"], expected["iss"]) == ("ES256", "at+jwt", issuer.url)
    claims = shelf.take(library).verify(tokens.access)
    assert [claims[name] for name in SHOWN] == [expected[name] for name in SHOWN]


def test_an_access_token_for_several_audiences_is_accepted(
    library: str, shelf: Shelf, issuer: Server, email: str, of_two_audiences: Server
) -> None:
    token = people.sign_in(of_two_audiences, email).access
    assert claims_of(token)["aud"] == ["partners", "fleet"]
    assert shelf.take(library).verify(token)["sub"] == claims_of(token)["sub"]


def test_an_access_token_of_a_service_is_accepted(library: str, shelf: Shelf, client: Client) -> None:
    token = shelf.take("oauth4webapi").ask("get_token", scope="orders:ship")["access_token"]
    claims = shelf.take(library).verify(token)
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (client.id, client.id, "orders:ship")


def test_an_access_token_without_scopes_is_accepted(library: str, shelf: Shelf, of_no_scope: str) -> None:
    assert "scope" not in claims_of(of_no_scope)
    assert shelf.take(library).verify(of_no_scope)["sub"] == claims_of(of_no_scope)["sub"]


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_nothing_else_is_accepted(library: str, forgery: Forgery, shelf: Shelf, fleet: Servers, tokens: Tokens) -> None:
    """Before and after, the library takes the good one: nothing but the token is what it refuses."""
    asked = shelf.take(library)
    with fleet.database.orm():
        forged = forgery(tokens)
    asked.verify(tokens.access)
    with pytest.raises(RefusedError):
        asked.verify(forged)
    asked.verify(tokens.access)
