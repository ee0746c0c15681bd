"""No token is made that is refused for its length, and a length that is told beforehand is the real one."""

import pytest
from pytest_django import Settings

from accounts.errors import TokenTooLarge
from accounts.keys.key import RingKey
from accounts.keys.ring import ring
from accounts.models import Algorithm, KeyPurpose
from accounts.services.signing_keys import keys
from accounts.tokens import compact

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[Algorithm.ES256, Algorithm.RS256, Algorithm.EDDSA])
def key(request: pytest.FixtureRequest, settings: Settings) -> RingKey:
    settings.AUTH_ALGORITHM = request.param
    keys.ensure_first_keys()
    return ring.signing_key(KeyPurpose.ACCESS)


def test_the_length_that_is_told_is_the_real_one(key: RingKey) -> None:
    for count in range(40):
        payload = {"claim": "x" * count, "ü": "☃"}
        assert compact.length_of(payload, typ="at+jwt", key=key) == len(compact.encode(payload, typ="at+jwt", key=key))


def test_the_longest_token_that_is_read_is_the_longest_that_is_made(key: RingKey) -> None:
    count = 0
    while compact.length_of({"claim": "x" * (count + 1)}, typ="at+jwt", key=key) <= compact.MAX_LENGTH:
        count += 1
    compact.take_apart(compact.encode({"claim": "x" * count}, typ="at+jwt", key=key))
    with pytest.raises(TokenTooLarge):
        compact.encode({"claim": "x" * (count + 1)}, typ="at+jwt", key=key)
