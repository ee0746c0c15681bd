"""Which key signs and which comes next, decided over every stage that a key can be in."""

import re
from datetime import UTC, datetime, timedelta

from pytest_django import Settings

from accounts.keys import jwk, ring
from accounts.keys.key import RingKey
from accounts.keys.succession import (
    HEARD_HERE_AFTER,
    OVERLAP,
    PUBLISHED_BEFORE_SIGNING,
    Succession,
    signing,
    succession,
)
from accounts.models import Algorithm, KeyPurpose
from accounts.rest.views.published import JwksView

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ACCESS = KeyPurpose.ACCESS


def key(
    kid: str,
    *,
    published: timedelta = DAY,
    begun: timedelta | None = None,
    ended: timedelta | None = None,
    algorithm: Algorithm = Algorithm.ES256,
    purpose: KeyPurpose = ACCESS,
) -> RingKey:
    """Each moment as so long ago."""
    return RingKey(
        kid=kid,
        purpose=purpose,
        algorithm=algorithm,
        public_jwk=None,
        private_jwk=jwk.generate(Algorithm.HS256),
        published_at=NOW - published,
        signing_from=None if begun is None else NOW - begun,
        signing_until=None if ended is None else NOW - ended,
        longest_life=DAY,
    )


def of(*keys: RingKey) -> Succession:
    return succession(keys, ACCESS, at=NOW)


def kid_of(found: RingKey | None) -> str | None:
    return None if found is None else found.kid


def test_the_newest_that_has_begun_signs_also_with_another_algorithm_than_the_one_set() -> None:
    keys = [key("a", begun=2 * DAY), key("b", begun=DAY, algorithm=Algorithm.RS256), key("c"), key("d", begun=-DAY)]
    assert kid_of(signing(keys, ACCESS, at=NOW)) == "b"
    assert signing(keys, KeyPurpose.REFRESH, at=NOW) is None


def test_after_its_end_a_key_does_not_sign() -> None:
    assert signing([key("a", begun=DAY, ended=timedelta())], ACCESS, at=NOW) is None


def test_the_intended_successor_has_the_algorithm_that_is_set(settings: Settings) -> None:
    found = of(key("a", begun=DAY), key("b"), key("c", algorithm=Algorithm.EDDSA))
    assert kid_of(found.intended) == "b"
    settings.AUTH_ALGORITHM = "EdDSA"
    assert kid_of(found.intended) == "c"
    settings.AUTH_ALGORITHM = "RS256"
    assert found.intended is None


def test_in_need_a_key_that_all_know_goes_before_one_of_the_algorithm_that_is_set(settings: Settings) -> None:
    settings.AUTH_ALGORITHM = "EdDSA"
    known, new = key("b"), key("c", published=timedelta(), algorithm=Algorithm.EDDSA)
    assert kid_of(of(known, new).safest) == "b"
    assert kid_of(of(new).safest) == "c"
    assert kid_of(of(known, key("d", algorithm=Algorithm.EDDSA)).safest) == "d"
    assert of().safest is None


def test_nothing_is_due_before_the_age(settings: Settings) -> None:
    settings.AUTH_KEY_ROTATION_AGE = 3600
    hour = timedelta(hours=1)
    assert of(key("a", begun=hour - timedelta(seconds=1)), key("b")).due is None
    assert kid_of(of(key("a", begun=hour), key("b")).due) == "b"


def test_nothing_is_due_before_the_successor_is_known(settings: Settings) -> None:
    settings.AUTH_KEY_ROTATION_AGE = 3600
    second = timedelta(seconds=1)
    old = key("a", begun=DAY)
    assert of(old, key("b", published=PUBLISHED_BEFORE_SIGNING - second)).due is None
    assert kid_of(of(old, key("b", published=PUBLISHED_BEFORE_SIGNING)).due) == "b"


def test_another_algorithm_is_due_as_soon_as_its_key_is_known(settings: Settings) -> None:
    settings.AUTH_ALGORITHM = "EdDSA"
    young, old = key("a", begun=timedelta(minutes=1)), key("b")
    assert of(young, old).due is None
    coming = key("c", published=timedelta(minutes=1), algorithm=Algorithm.EDDSA)
    assert of(young, old, coming).due is None
    assert kid_of(of(young, old, key("c", algorithm=Algorithm.EDDSA)).due) == "c"


def test_without_one_that_signs_the_safest_is_due() -> None:
    retired = key("a", begun=2 * DAY, ended=DAY)
    assert kid_of(of(retired, key("b", published=timedelta())).due) == "b"
    assert of(retired).due is None


def test_the_times_outlast_what_they_wait_for() -> None:
    """The JWKS may be kept by a proxy and then by a library; our processes read the ring once in its age."""
    match = re.search(r"max-age=(\d+)", JwksView.cache_control)
    assert match is not None
    kept_by_libraries = timedelta(minutes=10)
    assert timedelta(seconds=int(match[1])) + kept_by_libraries <= PUBLISHED_BEFORE_SIGNING
    assert timedelta(seconds=2 * ring.MAX_AGE_SECONDS) <= OVERLAP
    assert timedelta(seconds=ring.MIN_REREAD_SECONDS) < HEARD_HERE_AFTER
