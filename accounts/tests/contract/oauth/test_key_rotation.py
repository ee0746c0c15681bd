"""Keys change under load while every library verifies, each with its own memory of the keys."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from accounts.keys.succession import HEARD_HERE_AFTER, PUBLISHED_BEFORE_SIGNING
from accounts.tests.contract.oauth import forgeries
from accounts.tests.contract.oauth.conftest import QUIETLY, Client, Shelf, make_client
from accounts.tests.contract.oauth.libraries import VERIFIERS, Installed, Library
from accounts.tests.races import people, rotating
from accounts.tests.races.rotating import Fleet
from accounts.tests.support import forging
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.clients, pytest.mark.processes]

ROTATIONS: Final = 3
LONGEST_SECONDS: Final = 60.0
MADE_UP: Final = 15
PASSED_SECONDS: Final = PUBLISHED_BEFORE_SIGNING.total_seconds()


@pytest.fixture
def pair(servers: Servers) -> list[Server]:
    """Two of one fleet, the first of which is the issuer by its address."""
    return servers.start(2, env=QUIETLY, is_issuer=True)


@pytest.fixture
def client(servers: Servers, pair: list[Server]) -> Client:
    return make_client(servers.database, scopes=["tokens:introspect"])


@pytest.fixture
def shelf(installed: Installed, pair: list[Server], client: Client, tmp_path: Path) -> Iterator[Shelf]:
    """The clock of these programs runs ahead of the issuer's by all the time that passes here."""
    made = Shelf(installed, pair[0].url, client, tmp_path, tolerance=int((ROTATIONS + 1) * PASSED_SECONDS))
    yield made
    made.clear()


@pytest.mark.timeout(900)
def test_three_rotations_under_load_refuse_no_good_token(servers: Servers, pair: list[Server], shelf: Shelf) -> None:
    """Tokens of persons and of a service, fresh from either server, by the old key and by the new."""
    libraries = [shelf.take(name) for name in VERIFIERS]
    email = people.register(pair[0])
    access = people.sign_in(pair[0], email).access
    assert believing(libraries, access) == libraries
    with servers.database.orm():
        for _ in range(ROTATIONS):
            rotating.pass_time(PUBLISHED_BEFORE_SIGNING)  # what was signed before has expired meanwhile
            for library in libraries:
                library.ask("pass_time", seconds=PASSED_SECONDS)
            before = rotating.signing_kid()
            with rotating.at_work(pair, libraries, emails=[email] * 2) as fleets:
                verify_services(libraries, fleets, until_signed_by=before)
                servers.database.manage("rotate_signing_key")
                servers.database.manage("rotate_signing_key", "--purpose", "refresh")
                after = rotating.signing_kid()
                verify_services(libraries, fleets, until_signed_by=after)
            assert before != after
            assert [fleet.refused for fleet in fleets] == [[], []]


@pytest.mark.timeout(900)
def test_made_up_tokens_keep_no_library_from_the_next_key(servers: Servers, pair: list[Server], shelf: Shelf) -> None:
    """Each names a key that is in no set; libraries look for it, and then let some time pass before they look again."""
    libraries = [shelf.take(name) for name in VERIFIERS]
    email = people.register(pair[0])
    tokens = people.sign_in(pair[0], email)
    assert believing(libraries, tokens.access) == libraries
    with servers.database.orm():
        for _ in range(MADE_UP):
            assert believing(libraries, forgeries.signed_by_a_stranger_with_a_key_of_their_own(tokens)) == []
        rotating.pass_time(PUBLISHED_BEFORE_SIGNING)
        servers.database.manage("rotate_signing_key")
        time.sleep(HEARD_HERE_AFTER.total_seconds())
        renewed = people.sign_in(pair[0], email)
        assert forging.header_of(renewed.access)["kid"] == rotating.signing_kid()
    assert believing(libraries, renewed.access) == libraries


def believing(libraries: Sequence[Library], token: str) -> list[Library]:
    return [library for library in libraries if library.believes(token)]


def verify_services(libraries: Sequence[Library], fleets: Sequence[Fleet], *, until_signed_by: str) -> None:
    """Every library verifies a service's tokens, beside the persons' whom the fleets look after.

    Until this key has signed a service's, and persons' at both servers.
    """
    acting = next(library for library in libraries if library.name == "oauth4webapi")
    kid, seen, deadline = until_signed_by, set[str](), time.monotonic() + LONGEST_SECONDS
    while kid not in seen or not {(0, kid), (1, kid)} <= set.union(*(fleet.kids for fleet in fleets)):
        token = acting.ask("get_token")["access_token"]
        seen.add(forging.header_of(token)["kid"])
        assert believing(libraries, token) == libraries
        assert time.monotonic() < deadline, (kid, seen, [(fleet.kids, fleet.refused) for fleet in fleets])
