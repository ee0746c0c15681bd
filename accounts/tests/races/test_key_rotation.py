"""Keys change under load: no good token is refused anywhere; a withdrawn key is refused everywhere within a second."""

import time
from typing import Final

import pytest

from accounts.keys.succession import PUBLISHED_BEFORE_SIGNING
from accounts.principals import System
from accounts.services.signing_keys import key_rotation
from accounts.tests.races import people, rotating
from accounts.tests.races.watching import watch
from accounts.tests.support import forging
from accounts.tests.support.processes import Servers
from accounts.tests.support.trials import Distributions

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

BOUND_SECONDS: Final = 1.0
SETTLED_SECONDS: Final = 0.3
UNKNOWN_KEY: Final = frozenset({(401, "token_invalid")})
LIMITS: Final = {"AUTH_LOGIN_LIMITS": "account=9000/1d,address=9000/1d", "LOG_LEVEL": "WARNING"}


@pytest.mark.timeout(180)
@pytest.mark.trials(short=3, long=30)
def test_rotations_under_load_refuse_no_good_token(servers: Servers, trials: int) -> None:
    """The outside verifier keeps what it fetched as long as it likes to; so do the servers, until they hear."""
    pair = servers.start(2, env=LIMITS)
    emails = [people.register(pair[0]) for _ in range(3)]
    outside = rotating.Outside(pair[0])
    assert outside.believes(people.sign_in(pair[0], emails[0]).access)
    with servers.database.orm():
        for _ in range(trials):
            rotating.pass_time(PUBLISHED_BEFORE_SIGNING)  # what was signed before has expired meanwhile
            outside.pass_time(PUBLISHED_BEFORE_SIGNING)
            before = rotating.signing_kid()
            with rotating.at_work(pair, [outside], emails=emails) as fleets:
                time.sleep(SETTLED_SECONDS)
                servers.database.manage("rotate_signing_key")
                servers.database.manage("rotate_signing_key", "--purpose", "refresh")
                time.sleep(BOUND_SECONDS)
            assert [fleet.refused for fleet in fleets] == [[], [], []]
            assert all(fleet.turns > 1 for fleet in fleets)
            seen = set.union(*(fleet.kids for fleet in fleets))
            assert seen == {(index, kid) for index in (0, 1) for kid in (before, rotating.signing_kid())}


@pytest.mark.timeout(120)
@pytest.mark.trials(short=3, long=30)
def test_a_compromised_key_is_refused_by_every_process_within_a_second(
    servers: Servers, trials: int, distributions: Distributions
) -> None:
    here, there = servers.start(2, env=LIMITS)
    email = people.register(here)
    with servers.database.orm():
        for _ in range(trials):
            tokens = people.sign_in(here, email)
            kid = forging.header_of(tokens.access)["kid"]
            rotating.pass_time(PUBLISHED_BEFORE_SIGNING)
            with (
                watch(here, tokens.access, refusals=UNKNOWN_KEY) as watched_here,
                watch(there, tokens.access, refusals=UNKNOWN_KEY) as watched_there,
            ):
                key_rotation.withdraw(kid, actor=System("test"))
                returned = time.monotonic()
                for watched in (watched_here, watched_there):
                    watched.wait_until_refused(seconds=5)
                time.sleep(SETTLED_SECONDS)
            for watched in (watched_here, watched_there):
                last_yes = watched.last_yes_after(returned)
                distributions["last “yes” after the withdrawal returned"].append(last_yes)
                assert last_yes <= BOUND_SECONDS
                assert not watched.others
            renewed = people.tokens_of(people.refresh(there, tokens.refresh))
            assert forging.header_of(renewed.access)["kid"] != kid
            for server in (here, there):
                assert people.verify(server, renewed.access).status == 200
                with server.client() as client:
                    published = client.get("/.well-known/jwks.json").json["keys"]
                assert kid not in {key["kid"] for key in published}
