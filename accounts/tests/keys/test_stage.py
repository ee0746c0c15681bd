"""What the ring's dates say is worked out once, and anew as soon as the clock or the ring has moved on."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accounts.keys import stage
from accounts.keys.key import RingKey
from accounts.models import Algorithm, KeyPurpose

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = RingKey(
    kid="old",
    purpose=KeyPurpose.ACCESS,
    algorithm=Algorithm.ES256,
    public_jwk=None,
    private_jwk={"kty": "EC"},
    published_at=NOON - 9 * HOUR,
    signing_from=NOON - HOUR,
    signing_until=NOON + HOUR,
    longest_life=HOUR,
)
NEXT = replace(KEY, kid="next", signing_from=NOON + HOUR / 2, signing_until=None)
REFRESH = replace(KEY, kid="refresh", purpose=KeyPurpose.REFRESH, signing_until=None)


def ring_of(*keys: RingKey) -> Mapping[str, RingKey]:
    return {key.kid: key for key in keys}


def signing_at(moment: datetime, keys: Mapping[str, RingKey]) -> str:
    key = stage.of(keys, at=moment).signing[KeyPurpose.ACCESS]
    return key.kid if key else ""


RING = ring_of(KEY, NEXT, REFRESH)


@pytest.mark.parametrize(
    ("moment", "is_on"),
    [
        (NOON - HOUR - timedelta(microseconds=1), False),
        (NOON - HOUR, True),
        (NOON, True),
        (NOON + HOUR / 2 - timedelta(microseconds=1), True),
        (NOON + HOUR / 2, False),
    ],
)
def test_it_lasts_from_one_date_to_the_next_whichever_way_the_clock_goes(moment: datetime, is_on: bool) -> None:
    assert stage.of(RING, at=NOON).is_on(RING, at=moment) == is_on


def test_it_is_of_one_reading_of_the_ring_alone() -> None:
    assert not stage.of(RING, at=NOON).is_on(dict(RING), at=NOON)
    assert not stage.NONE.is_on({}, at=NOON)


@pytest.mark.parametrize("minutes", range(-61, 122, 3))
def test_at_every_moment_of_it_the_same_key_signs(minutes: int) -> None:
    moment = NOON + timedelta(minutes=minutes)
    for begun in (NOON - HOUR, NOON, NOON + HOUR / 2, NOON + HOUR):
        kept = stage.of(RING, at=begun)
        if kept.is_on(RING, at=moment):
            key = kept.signing[KeyPurpose.ACCESS]
            assert signing_at(moment, RING) == (key.kid if key else "")


def test_for_each_purpose_the_shortest_life_counts_of_what_signs_or_will() -> None:
    longer = replace(NEXT, kid="longer", longest_life=2 * HOUR)
    over = replace(KEY, kid="over", signing_until=NOON, longest_life=HOUR / 2)
    shortest = stage.of(ring_of(longer, over, REFRESH, KEY), at=NOON).shortest_lived
    assert shortest == (KEY, REFRESH)


@pytest.mark.parametrize(
    ("keys", "can_sign"),
    [
        (RING, True),
        (ring_of(KEY), False),
        (ring_of(KEY, replace(REFRESH, private_jwk=None)), False),
        ({}, False),
    ],
)
def test_it_can_sign_with_a_readable_key_for_each_purpose(keys: Mapping[str, RingKey], can_sign: bool) -> None:
    assert stage.of(keys, at=NOON).can_sign == can_sign
