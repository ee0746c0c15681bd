"""The ring chooses by stage, reads again when it must, and tells “no” from “can't tell”."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import clock
from accounts.conf import auth_settings
from accounts.errors import KeysUnreadable, TemporarilyUnavailable
from accounts.keys import encryption
from accounts.keys import ring as ring_module
from accounts.keys.key import lifetime
from accounts.keys.ring import KeyRing, ring
from accounts.keys.stored import new_rows
from accounts.models import Algorithm, KeyPurpose, SigningKey
from accounts.services.signing_keys import keys

ACCESS, REFRESH = KeyPurpose.ACCESS, KeyPurpose.REFRESH


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, the table can't be read."""

    def load() -> dict[str, Any]:
        raise OperationalError

    return lambda: monkeypatch.setattr(ring_module, "_load", load)


@pytest.fixture
def aged(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """From the call on, the ring's clock is so many seconds ahead."""
    now = clock.now

    def age(seconds: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: now() + seconds)

    return age


def test_the_first_keys_come_with_a_published_unused_successor(with_keys: KeyRing) -> None:
    rows = SigningKey.objects.all()
    assert sorted((row.purpose, row.algorithm, row.signing_from is None) for row in rows) == [
        ("access", "ES256", False),
        ("access", "ES256", True),
        ("refresh", "HS256", False),
        ("refresh", "HS256", True),
    ]
    assert {key["kid"] for key in with_keys.published()} == {row.kid for row in rows if row.purpose == "access"}
    assert with_keys.signing_key(ACCESS).kid == rows.get(purpose="access", signing_from__isnull=False).kid


def test_keys_are_made_once(with_keys: KeyRing) -> None:
    keys.ensure_first_keys()
    with_keys.forget()
    keys.ensure_first_keys()
    made = {purpose: new_rows(purpose, at=timezone.now()) for purpose in KeyPurpose}
    keys._keep_first_keys(made)
    assert SigningKey.objects.count() == 4


def test_the_newest_key_in_its_signing_stage_signs(with_keys: KeyRing) -> None:
    successor = SigningKey.objects.get(purpose=ACCESS, signing_from__isnull=True)
    SigningKey.objects.filter(pk=successor.pk).update(signing_from=timezone.now() - timedelta(seconds=1))
    SigningKey.objects.filter(purpose=ACCESS).exclude(pk=successor.pk).update(
        signing_from=timezone.now() - timedelta(days=90)
    )
    with_keys.forget()
    assert with_keys.signing_key(ACCESS).kid == successor.kid


@pytest.mark.parametrize("column", ["signing_from", "signing_until"])
def test_before_and_after_its_stage_a_key_does_not_sign(with_keys: KeyRing, column: str) -> None:
    later = timedelta(minutes=1 if column == "signing_from" else -1)
    SigningKey.objects.filter(signing_from__isnull=False).update(**{column: timezone.now() + later})
    with_keys.forget()
    with pytest.raises(TemporarilyUnavailable):
        with_keys.signing_key(ACCESS)


@pytest.mark.parametrize("purpose", KeyPurpose)
def test_a_retired_key_is_kept_as_long_as_what_it_signed(with_keys: KeyRing, purpose: KeyPurpose) -> None:
    kid, life = with_keys.signing_key(purpose).kid, lifetime(purpose) + auth_settings.clock_leeway
    row = SigningKey.objects.filter(pk=kid)
    row.update(signing_until=timezone.now() - life + timedelta(seconds=5))
    with_keys.forget()
    assert with_keys.find(kid, purpose) is not None
    row.update(signing_until=timezone.now() - life - timedelta(seconds=5))
    with_keys.forget()
    assert with_keys.find(kid, purpose) is None
    assert kid not in {key["kid"] for key in with_keys.published()}


def test_a_withdrawn_key_is_gone_at_once(with_keys: KeyRing) -> None:
    kid = with_keys.signing_key(ACCESS).kid
    SigningKey.objects.filter(pk=kid).update(withdrawn_at=timezone.now())
    with_keys.forget()
    assert with_keys.find(kid, ACCESS) is None


def test_a_key_serves_its_own_purpose_alone(with_keys: KeyRing) -> None:
    assert with_keys.find(with_keys.signing_key(REFRESH).kid, ACCESS) is None
    assert with_keys.find(with_keys.signing_key(ACCESS).kid, REFRESH) is None


def test_an_unknown_key_costs_a_read_at_most_once_a_second(
    with_keys: KeyRing, aged: Callable[[float], None], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with_keys.can_sign()
    with django_assert_num_queries(0):
        assert [with_keys.find(f"unknown-{n}", ACCESS) for n in range(50)] == [None] * 50
    aged(1.5)
    with django_assert_num_queries(1):
        assert [with_keys.find(f"unknown-{n}", ACCESS) for n in range(50)] == [None] * 50


def test_a_key_that_another_process_made_is_found(with_keys: KeyRing, aged: Callable[[float], None]) -> None:
    with_keys.can_sign()
    (row, _) = new_rows(ACCESS, at=timezone.now())
    row.save(force_insert=True)
    aged(1.5)
    assert with_keys.find(row.kid, ACCESS) is not None


def test_known_keys_cost_no_query_until_they_have_aged(
    with_keys: KeyRing, aged: Callable[[float], None], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    kid = with_keys.signing_key(ACCESS).kid
    with django_assert_num_queries(0):
        assert with_keys.find(kid, ACCESS) is not None
    aged(31)
    with django_assert_num_queries(1):
        assert with_keys.find(kid, ACCESS) is not None


def test_through_an_outage_known_keys_stay_and_an_unknown_one_can_not_be_told(
    with_keys: KeyRing, aged: Callable[[float], None], cut_off: Callable[[], None]
) -> None:
    kid = with_keys.signing_key(ACCESS).kid
    cut_off()
    aged(31)
    assert with_keys.find(kid, ACCESS) is not None
    assert with_keys.published()
    with pytest.raises(TemporarilyUnavailable):
        with_keys.find("unknown", ACCESS)


def test_without_any_keys_an_outage_is_no_answer(db: None, cut_off: Callable[[], None]) -> None:
    cut_off()
    with pytest.raises(TemporarilyUnavailable):
        ring.find("unknown", ACCESS)


def test_unreadable_keys_are_named_and_no_new_one_is_made(with_keys: KeyRing, settings: Settings) -> None:
    kid = with_keys.signing_key(ACCESS).kid
    settings.SECRET_KEY = "another" * 10
    with_keys.forget()
    with pytest.raises(KeysUnreadable):
        keys.ensure_first_keys()
    with pytest.raises(KeysUnreadable):
        with_keys.signing_key(ACCESS).signer  # noqa: B018 - the look is the question
    assert SigningKey.objects.count() == 4
    assert with_keys.find(kid, ACCESS) is not None
    assert kid in {key["kid"] for key in keys.published()}


def encrypted_under(secret: str, settings: Settings, **those: object) -> None:
    """As a worker does that has another secret: these rows are the same keys, and this process can't open them."""
    usual, settings.SECRET_KEY_FALLBACKS = settings.SECRET_KEY, [settings.SECRET_KEY]
    settings.SECRET_KEY = secret
    for row in SigningKey.objects.filter(**those):
        row.private_jwk_encrypted = encryption.renew(row.private_jwk_encrypted)
        row.save()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = usual, []


def test_what_was_opened_once_stays_open_when_it_is_encrypted_anew(with_keys: KeyRing, settings: Settings) -> None:
    """A new secret is rolled out: the worker has it already, this process not yet."""
    before = {purpose: with_keys.signing_key(purpose).private_jwk for purpose in KeyPurpose}
    encrypted_under("another" * 10, settings)
    with_keys.reread()
    assert {purpose: with_keys.signing_key(purpose).private_jwk for purpose in KeyPurpose} == before
    assert with_keys.can_sign()
    with_keys.forget()
    with pytest.raises(KeysUnreadable):
        with_keys.can_sign()


def test_an_unreadable_key_that_does_not_sign_keeps_nobody_from_signing(with_keys: KeyRing, settings: Settings) -> None:
    """But whoever starts with it is not ready."""
    encrypted_under("another" * 10, settings, signing_from__isnull=True)
    with_keys.forget()
    assert with_keys.can_sign()
    with pytest.raises(KeysUnreadable):
        keys.get_ready()
    assert SigningKey.objects.count() == 4


def test_no_key_is_made_for_one_purpose_while_one_of_the_other_is_unreadable(
    with_keys: KeyRing, settings: Settings
) -> None:
    encrypted_under("another" * 10, settings, purpose=ACCESS, signing_from__isnull=True)
    SigningKey.objects.filter(purpose=REFRESH).delete()
    with_keys.forget()
    with pytest.raises(KeysUnreadable):
        keys.ensure_first_keys()
    assert SigningKey.objects.count() == 2


def test_a_withdrawn_key_may_be_unreadable(with_keys: KeyRing, settings: Settings) -> None:
    settings.SECRET_KEY = "another" * 10
    SigningKey.objects.update(withdrawn_at=timezone.now())
    with_keys.forget()
    keys.ensure_first_keys()
    assert SigningKey.objects.filter(withdrawn_at__isnull=True).count() == 4


def test_another_algorithm_makes_no_key_and_the_old_one_goes_on_signing(with_keys: KeyRing, settings: Settings) -> None:
    """A key that no verifier has seen must not sign; the worker publishes one, and lets it sign once it is known."""
    old = with_keys.signing_key(ACCESS).kid
    settings.AUTH_ALGORITHM = "EdDSA"
    with_keys.forget()
    keys.ensure_first_keys()
    assert with_keys.signing_key(ACCESS).kid == old
    assert SigningKey.objects.count() == 4


def test_keys_of_several_algorithms_live_in_the_ring_at_once(with_keys: KeyRing, settings: Settings) -> None:
    old = with_keys.signing_key(ACCESS).kid
    settings.AUTH_ALGORITHM = "EdDSA"
    (new, _) = new_rows(ACCESS, at=timezone.now())
    new.save(force_insert=True)
    with_keys.forget()
    assert with_keys.signing_key(ACCESS).algorithm == Algorithm.EDDSA
    assert with_keys.find(old, ACCESS) is not None
    assert {key["alg"] for key in with_keys.published()} == {"ES256", "EdDSA"}


def test_published_makes_the_first_keys(db: None) -> None:
    assert len(keys.published()) == 2


def test_whoever_has_keys_does_not_wait_for_the_one_who_reads(with_keys: KeyRing) -> None:
    published = with_keys.published()
    with_keys._read_at -= ring_module.MAX_AGE_SECONDS + 1
    with with_keys._lock:  # somebody reads, and the database hangs
        assert with_keys.published() == published


def test_a_fresh_ring_is_one_of_the_last_second(
    with_keys: KeyRing, aged: Callable[[float], None], cut_off: Callable[[], None]
) -> None:
    with_keys.reread()
    with_keys.require_fresh()
    cut_off()
    with_keys.require_fresh()
    aged(1.5)
    with pytest.raises(TemporarilyUnavailable):
        with_keys.require_fresh()


def test_after_a_failure_the_table_is_left_alone_for_a_second(
    with_keys: KeyRing, aged: Callable[[float], None], cut_off: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    load = ring_module._load
    cut_off()
    with pytest.raises(TemporarilyUnavailable):
        with_keys.reread()
    monkeypatch.setattr(ring_module, "_load", load)
    with pytest.raises(TemporarilyUnavailable):
        with_keys.reread()
    aged(1.5)
    with_keys.reread()


def test_a_key_is_parsed_once_however_often_the_ring_is_read(with_keys: KeyRing) -> None:
    before = with_keys.signing_key(ACCESS)
    with_keys.reread()
    after = with_keys.signing_key(ACCESS)
    assert after is not before
    assert (after.signer, after.verifier) == (before.signer, before.verifier)
    assert after.signer is before.signer
    assert after.verifier is before.verifier
