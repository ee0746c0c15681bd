"""Stored keys follow today's secret, and go when nothing alive was signed with them; what can't be read stays."""

from datetime import timedelta

import pytest
from django.db.models import F
from pytest_django import Settings

from accounts.conf import auth_settings
from accounts.errors import KeysUnreadable
from accounts.keys.key import lifetime
from accounts.keys.ring import ring
from accounts.keys.succession import OVERLAP, PUBLISHED_BEFORE_SIGNING
from accounts.models import KeyPurpose, SigningKey
from accounts.principals import System
from accounts.services.signing_keys import key_rotation, key_upkeep, keys
from accounts.services.signing_keys.key_upkeep import KEPT_AFTER_USE, KEPT_AFTER_WITHDRAWAL, KEPT_UNWANTED
from accounts.tests.support import memory

pytestmark = pytest.mark.django_db

ACCESS = KeyPurpose.ACCESS
OPERATOR = System("test")
NEW, OTHER = "n" * 50, "o" * 50
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _with_keys(db: None) -> None:
    keys.ensure_first_keys()


def pass_time(by: timedelta) -> None:
    SigningKey.objects.update(
        published_at=F("published_at") - by,
        signing_from=F("signing_from") - by,
        signing_until=F("signing_until") - by,
        withdrawn_at=F("withdrawn_at") - by,
    )


def rotated(purpose: KeyPurpose = ACCESS) -> str:
    """The kid of the key that was relieved."""
    pass_time(PUBLISHED_BEFORE_SIGNING)
    old = SigningKey.objects.get(purpose=purpose, signing_from__isnull=False).kid
    key_rotation.rotate(purpose, at_once=False, actor=OPERATOR)
    return old


def is_there(kid: str) -> bool:
    return SigningKey.objects.filter(pk=kid).exists()


def private_halves() -> dict[str, object]:
    memory.forget()
    return {purpose: ring.signing_key(purpose).private_jwk for purpose in KeyPurpose}


def test_after_the_workers_round_the_old_secret_may_be_dropped(settings: Settings) -> None:
    before = private_halves()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEW
    assert key_upkeep.reencrypt() == 4
    assert key_upkeep.reencrypt() == 0
    settings.SECRET_KEY_FALLBACKS = []
    assert private_halves() == before
    keys.get_ready()


def test_own_encryption_keys_take_over_from_the_secret_and_from_one_another(settings: Settings) -> None:
    before = private_halves()
    settings.AUTH_KEY_ENCRYPTION_KEYS = [NEW, settings.SECRET_KEY]
    assert key_upkeep.reencrypt() == 4
    settings.AUTH_KEY_ENCRYPTION_KEYS = [OTHER, NEW]
    assert key_upkeep.reencrypt() == 4
    settings.AUTH_KEY_ENCRYPTION_KEYS = [OTHER]
    assert private_halves() == before


def test_what_can_not_be_read_is_left_as_it_is(settings: Settings) -> None:
    before = list(SigningKey.objects.order_by("kid").values())
    usual, settings.SECRET_KEY = settings.SECRET_KEY, NEW
    assert key_upkeep.reencrypt() == 0
    assert list(SigningKey.objects.order_by("kid").values()) == before
    memory.forget()
    with pytest.raises(KeysUnreadable):
        keys.get_ready()
    settings.SECRET_KEY = usual
    memory.forget()
    keys.get_ready()


@pytest.mark.parametrize("purpose", KeyPurpose)
def test_a_retired_key_goes_a_day_after_the_last_that_it_signed(purpose: KeyPurpose) -> None:
    old = rotated(purpose)
    pass_time(OVERLAP + lifetime(purpose) + auth_settings.clock_leeway + KEPT_AFTER_USE - A_MINUTE)
    assert key_upkeep.remove_spent() == 0
    pass_time(A_MINUTE)
    assert key_upkeep.remove_spent() == 1
    assert not is_there(old)
    assert SigningKey.objects.count() == 4


def test_a_withdrawn_key_goes_after_a_month() -> None:
    old = SigningKey.objects.get(purpose=ACCESS, signing_from__isnull=False).kid
    key_rotation.withdraw(old, actor=OPERATOR)
    pass_time(KEPT_AFTER_WITHDRAWAL - A_MINUTE)
    assert key_upkeep.remove_spent() == 0
    pass_time(A_MINUTE)
    assert key_upkeep.remove_spent() == 1
    assert not is_there(old)


def test_keys_that_sign_or_will_stay_however_old_they_are() -> None:
    pass_time(timedelta(days=10_000))
    assert key_upkeep.remove_spent() == 0
    assert SigningKey.objects.count() == 4


def test_what_can_not_be_read_is_never_removed(settings: Settings) -> None:
    rotated()
    key_rotation.withdraw(SigningKey.objects.get(purpose=ACCESS, signing_from__isnull=True).kid, actor=OPERATOR)
    pass_time(timedelta(days=100))
    usual, settings.SECRET_KEY = settings.SECRET_KEY, NEW
    assert key_upkeep.remove_spent() == 0
    settings.SECRET_KEY = usual
    assert key_upkeep.remove_spent() == 2


def test_an_unused_successor_of_another_algorithm_goes_once_it_is_not_wanted(settings: Settings) -> None:
    unused = SigningKey.objects.get(purpose=ACCESS, signing_from__isnull=True).kid
    settings.AUTH_ALGORITHM = "EdDSA"
    key_rotation.rotate_due()
    pass_time(KEPT_UNWANTED + A_MINUTE)
    assert key_upkeep.remove_spent() == 0  # the old algorithm still signs
    assert key_rotation.rotate_due() == 1
    memory.forget()
    assert key_upkeep.remove_spent() == 1
    assert not is_there(unused)
