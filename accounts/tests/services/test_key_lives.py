"""Each key knows the longest life of anything it may have signed, before it signs that; it forgets none of it."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import clock
from accounts.errors import TemporarilyUnavailable
from accounts.keys.ring import ring
from accounts.models import KeyPurpose, Notice, NoticeType, SigningKey
from accounts.principals import System
from accounts.services.following import notices
from accounts.services.signing_keys import key_listing, key_lives, keys
from accounts.services.signing_keys.key_listing import Stage
from accounts.tests.support import memory, notice_log
from accounts.tokens import trusted_keys

pytestmark = pytest.mark.django_db

ACCESS, REFRESH = KeyPurpose.ACCESS, KeyPurpose.REFRESH
FORTNIGHT_SECONDS = 14 * 24 * 3600


@pytest.fixture
def kid(settings: Settings) -> str:
    """Of the key that signs what lives for an hour; from then on five minutes are set."""
    settings.AUTH_ACCESS_LIFETIME = 3600
    keys.ensure_first_keys()
    kid = ring.signing_key(ACCESS).kid
    settings.AUTH_ACCESS_LIFETIME = 300
    memory.forget()
    return kid


def lives(purpose: KeyPurpose = ACCESS) -> list[int]:
    """Of the keys of that purpose, the shortest first."""
    found = SigningKey.objects.standing().filter(purpose=purpose)
    return sorted(found.values_list("longest_life_seconds", flat=True))


def retire(kid: str, *, seconds_ago: int) -> None:
    SigningKey.objects.filter(pk=kid).update(signing_until=timezone.now() - timedelta(seconds=seconds_ago))
    memory.forget()


def prolonged() -> list[str]:
    notice_log.number_all()
    told = Notice.objects.filter(type=NoticeType.KEYS_CHANGED, data={"stage": "prolonged"})
    return sorted(told.values_list("subject", flat=True))


def test_a_new_key_knows_what_is_set_for_its_purpose(settings: Settings) -> None:
    settings.AUTH_ACCESS_LIFETIME = 600
    keys.ensure_first_keys()
    assert lives(ACCESS) == [600, 600]
    assert lives(REFRESH) == [FORTNIGHT_SECONDS, FORTNIGHT_SECONDS]


def test_a_retired_key_is_kept_for_what_it_signed_before_the_setting_was_lowered(kid: str) -> None:
    retire(kid, seconds_ago=3620)
    assert ring.find(kid, ACCESS) is not None
    assert kid in {key["kid"] for key in ring.published()}
    (listed,) = [key for key in key_listing.listed(actor=System("test")) if key.stage == Stage.RETIRED]
    assert listed.until == listed.since + timedelta(seconds=3630)
    retire(kid, seconds_ago=3640)
    assert ring.find(kid, ACCESS) is None


def test_a_lowered_setting_is_not_noted(kid: str) -> None:
    keys.get_ready()
    assert key_lives.note_longer() == 0
    assert lives() == [3600, 3600]
    key_lives._raise(kid, 300)
    assert lives() == [3600, 3600]
    assert prolonged() == []


def test_a_process_that_starts_with_a_longer_setting_notes_it(kid: str, settings: Settings) -> None:
    settings.AUTH_ACCESS_LIFETIME = 7200
    keys.get_ready()
    assert lives(ACCESS) == [7200, 7200]
    assert lives(REFRESH) == [FORTNIGHT_SECONDS, FORTNIGHT_SECONDS]
    assert ring.signing_key(ACCESS).longest_life == timedelta(hours=2)
    assert len(prolonged()) == 2


@pytest.mark.django_db(transaction=True)
def test_the_worker_notes_it_too(kid: str, settings: Settings) -> None:
    settings.AUTH_ACCESS_LIFETIME, settings.AUTH_REFRESH_IDLE_LIFETIME = 7200, 2 * FORTNIGHT_SECONDS
    call_command("work", "--once")
    assert lives(ACCESS) == [7200, 7200]
    assert lives(REFRESH) == [2 * FORTNIGHT_SECONDS, 2 * FORTNIGHT_SECONDS]


def test_nothing_is_signed_that_outlives_what_is_noted_of_its_key(kid: str, settings: Settings) -> None:
    settings.AUTH_ACCESS_LIFETIME = 3601
    with pytest.raises(TemporarilyUnavailable):
        trusted_keys.signing_key(ACCESS)
    assert trusted_keys.signing_key(REFRESH)
    assert ring.find(kid, ACCESS) is not None
    keys.ensure_first_keys()
    assert trusted_keys.signing_key(ACCESS).kid == kid


def test_one_key_of_which_it_is_not_noted_is_enough_to_note_it(kid: str, settings: Settings) -> None:
    """As one that a process with another setting has published."""
    SigningKey.objects.filter(purpose=ACCESS, signing_from__isnull=True).update(longest_life_seconds=60)
    memory.forget()
    keys.ensure_first_keys()
    assert lives() == [300, 3600]


def test_keys_that_signed_for_the_last_time_keep_their_lives(kid: str, settings: Settings) -> None:
    """Else a longer setting would keep them, and refusals, for what they never signed."""
    retire(kid, seconds_ago=1)
    settings.AUTH_ACCESS_LIFETIME = 7200
    key_lives.note_longer()
    assert lives() == [3600, 7200]


def test_a_key_that_signs_beside_its_successor_is_noted(kid: str, settings: Settings) -> None:
    retire(kid, seconds_ago=-60)
    settings.AUTH_ACCESS_LIFETIME = 7200
    keys.ensure_first_keys()
    assert lives() == [7200, 7200]


def test_once_it_is_noted_it_costs_no_query(kid: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    keys.ensure_first_keys()
    with django_assert_num_queries(0):
        keys.ensure_first_keys()


@pytest.mark.django_db(transaction=True)
def test_every_process_hears_of_a_longer_life(kid: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who answers the followers may have another setting than who signs."""
    assert notices.refusal_window() == timedelta(seconds=3630)
    with transaction.atomic():
        SigningKey.objects.filter(pk=kid).update(longest_life_seconds=7200)
        Notice.objects.create(type=NoticeType.KEYS_CHANGED, subject=kid)
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + 0.5)
    assert notices.refusal_window() == timedelta(seconds=7230)
