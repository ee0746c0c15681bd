"""Keys relieve one another: in good time, at once when told, and never by one that nobody has seen."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.errors import KeysUnreadable, NotFound
from accounts.keys.key import lifetime
from accounts.keys.ring import ring
from accounts.keys.succession import HEARD_HERE_AFTER, OVERLAP, PUBLISHED_BEFORE_SIGNING
from accounts.models import AuditEvent, KeyPurpose, Notice, SigningKey
from accounts.principals import System
from accounts.services.signing_keys import key_rotation, keys
from accounts.services.signing_keys.key_rotation import Rotated, TooEarly
from accounts.tests.support import memory

pytestmark = pytest.mark.django_db

ACCESS, REFRESH = KeyPurpose.ACCESS, KeyPurpose.REFRESH
OPERATOR = System("test")
A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _with_keys(db: None) -> Iterator[None]:
    keys.ensure_first_keys()
    yield
    assert_sound()


def assert_sound() -> None:
    """Whatever was done: every purpose has at most one key that signs without an end."""
    for purpose in KeyPurpose:
        endless = SigningKey.objects.standing().filter(purpose=purpose, signing_from__isnull=False)
        assert endless.filter(signing_until__isnull=True).count() <= 1


def pass_time(by: timedelta) -> None:
    """All that is dated is so much older, and this process knows nothing of before."""
    SigningKey.objects.update(
        published_at=F("published_at") - by,
        signing_from=F("signing_from") - by,
        signing_until=F("signing_until") - by,
        withdrawn_at=F("withdrawn_at") - by,
    )
    memory.forget()


def current(purpose: KeyPurpose = ACCESS) -> SigningKey:
    return SigningKey.objects.standing().get(purpose=purpose, signing_from__isnull=False, signing_until__isnull=True)


def successor(purpose: KeyPurpose = ACCESS) -> SigningKey:
    return SigningKey.objects.standing().get(purpose=purpose, signing_from__isnull=True)


def near(moment: datetime | None, other: datetime) -> bool:
    return moment is not None and abs(moment - other) < timedelta(seconds=2)


def told() -> list[tuple[str, object]]:
    return [
        (notice.subject, notice.data["stage"])
        for notice in Notice.objects.filter(type="keys.changed").order_by("seq", "occurred_at")
    ]


@pytest.mark.parametrize("purpose", KeyPurpose)
def test_the_successor_signs_and_the_old_key_ends_when_all_have_heard(purpose: KeyPurpose) -> None:
    pass_time(PUBLISHED_BEFORE_SIGNING)
    old, following = current(purpose), successor(purpose)
    outcome = key_rotation.rotate(purpose, at_once=False, actor=OPERATOR)
    assert isinstance(outcome, Rotated)
    assert (outcome.kid, outcome.is_known) == (following.kid, True)
    assert current(purpose).kid == following.kid
    assert near(current(purpose).signing_from, timezone.now())
    old.refresh_from_db()
    assert near(old.signing_until, timezone.now() + OVERLAP)
    assert successor(purpose).kid not in {old.kid, following.kid}
    assert near(successor(purpose).published_at, timezone.now())


def test_who_is_told_learns_ids_and_stages_alone() -> None:
    pass_time(PUBLISHED_BEFORE_SIGNING)
    outcome = key_rotation.rotate(ACCESS, at_once=False, actor=OPERATOR)
    assert set(told()) == {(outcome.kid, "signing"), (successor().kid, "published")}
    assert {frozenset(notice.data) for notice in Notice.objects.all()} == {frozenset({"stage"})}
    events = AuditEvent.objects.filter(actor="system:test")
    assert sorted(events.values_list("type", flat=True)) == ["keys.created", "keys.rotated"]
    assert events.get(type="keys.rotated").data == {"kid": outcome.kid, "purpose": "access"}


def test_a_process_that_has_not_heard_signs_on_and_is_believed() -> None:
    """It holds the ring of before the rotation, as any does for up to its age."""
    pass_time(PUBLISHED_BEFORE_SIGNING)
    old = ring.signing_key(ACCESS)
    key_rotation.rotate(ACCESS, at_once=False, actor=OPERATOR)
    assert ring.signing_key(ACCESS).kid == old.kid
    memory.forget()
    assert ring.signing_key(ACCESS).kid != old.kid
    assert ring.find(old.kid, ACCESS) is not None
    pass_time(OVERLAP + lifetime(ACCESS))  # and the leeway is 30 s
    assert ring.find(old.kid, ACCESS) is not None
    pass_time(timedelta(seconds=60))
    assert ring.find(old.kid, ACCESS) is None


def test_a_successor_that_is_not_known_yet_has_to_wait() -> None:
    before = current().kid
    outcome = key_rotation.rotate(ACCESS, at_once=False, actor=OPERATOR)
    assert isinstance(outcome, TooEarly)
    assert outcome.kid == successor().kid
    assert near(outcome.known_at, timezone.now() + PUBLISHED_BEFORE_SIGNING)
    assert current().kid == before
    assert told() == []


def test_at_once_means_at_once_but_not_before_our_own_processes_know() -> None:
    pass_time(HEARD_HERE_AFTER)
    first = key_rotation.rotate(ACCESS, at_once=True, actor=OPERATOR)
    assert isinstance(first, Rotated)
    assert not first.is_known
    assert near(current().signing_from, timezone.now())
    second = key_rotation.rotate(ACCESS, at_once=True, actor=OPERATOR)
    assert isinstance(second, Rotated)
    begin = current().signing_from
    assert begin is not None
    assert begin >= current().published_at + HEARD_HERE_AFTER
    memory.forget()
    assert ring.signing_key(ACCESS).kid == first.kid


def test_a_missing_successor_is_published_and_does_not_sign() -> None:
    before = current().kid
    successor().delete()
    for at_once in (False, True):
        SigningKey.objects.filter(signing_from__isnull=True).delete()
        outcome = key_rotation.rotate(ACCESS, at_once=at_once, actor=OPERATOR)
        assert isinstance(outcome, TooEarly)
        assert outcome.kid == successor().kid
    assert current().kid == before


def test_before_there_are_keys_none_is_rotated() -> None:
    SigningKey.objects.all().delete()
    with pytest.raises(NotFound, match="ensure_keys"):
        key_rotation.rotate(ACCESS, at_once=True, actor=OPERATOR)
    assert key_rotation.rotate_due() == 0
    assert not SigningKey.objects.exists()


def test_while_any_key_is_unreadable_none_is_made_or_relieved(settings: Settings) -> None:
    pass_time(100 * A_DAY)
    settings.SECRET_KEY = "another" * 10
    with pytest.raises(KeysUnreadable):
        key_rotation.rotate(ACCESS, at_once=True, actor=OPERATOR)
    with capture_logs() as lines:
        assert key_rotation.rotate_due() == 0
    assert {line["event"] for line in lines} == {"keys_unreadable"}
    assert SigningKey.objects.filter(signing_from__isnull=True).count() == 2
    assert SigningKey.objects.count() == 4


def test_the_worker_rotates_what_has_come_of_age(settings: Settings) -> None:
    settings.AUTH_KEY_ROTATION_AGE = A_DAY.total_seconds()
    pass_time(A_DAY - timedelta(minutes=1))
    before = {purpose: current(purpose).kid for purpose in KeyPurpose}
    assert key_rotation.rotate_due() == 0
    pass_time(timedelta(minutes=1))
    assert key_rotation.rotate_due() == 2
    assert all(current(purpose).kid != before[purpose] for purpose in KeyPurpose)
    assert all(successor(purpose) for purpose in KeyPurpose)
    assert key_rotation.rotate_due() == 0
    assert set(AuditEvent.objects.filter(type="keys.rotated").values_list("actor", flat=True)) == {"system:work"}


def test_the_worker_publishes_what_is_missing() -> None:
    successor().delete()
    assert key_rotation.rotate_due() == 1
    assert told() == [(successor().kid, "published")]
    assert key_rotation.rotate_due() == 0


def test_another_algorithm_signs_once_its_key_has_been_published_for_long(settings: Settings) -> None:
    old = current().kid
    settings.AUTH_ALGORITHM = "EdDSA"
    assert key_rotation.rotate_due() == 1
    waiting = SigningKey.objects.get(algorithm="EdDSA")
    assert (current().kid, waiting.signing_from) == (old, None)
    pass_time(PUBLISHED_BEFORE_SIGNING - timedelta(minutes=1))
    assert key_rotation.rotate_due() == 0
    pass_time(timedelta(minutes=1))
    assert key_rotation.rotate_due() == 1
    assert current().kid == waiting.kid
    memory.forget()
    assert ring.signing_key(ACCESS).algorithm == "EdDSA"
    assert ring.find(old, ACCESS) is not None
    assert SigningKey.objects.filter(algorithm="EdDSA", signing_from__isnull=True).count() == 1


@pytest.mark.parametrize("purpose", KeyPurpose)
def test_a_compromised_key_that_signs_is_relieved_at_once(purpose: KeyPurpose) -> None:
    pass_time(PUBLISHED_BEFORE_SIGNING)
    old, following = current(purpose), successor(purpose)
    withdrawn = key_rotation.withdraw(old.kid[:8], actor=OPERATOR)
    assert withdrawn.kid == old.kid
    assert withdrawn.relieved_by is not None
    assert (withdrawn.relieved_by.kid, withdrawn.relieved_by.is_known) == (following.kid, True)
    memory.forget()
    assert ring.find(old.kid, purpose) is None
    assert ring.signing_key(purpose).kid == following.kid
    assert set(told()) == {(old.kid, "withdrawn"), (following.kid, "signing"), (successor(purpose).kid, "published")}
    assert AuditEvent.objects.get(type="keys.withdrawn").data == {"kid": old.kid, "purpose": str(purpose)}


def test_a_compromised_key_that_signed_before_changes_nothing_else() -> None:
    pass_time(PUBLISHED_BEFORE_SIGNING)
    old, following = current(), successor()
    key_rotation.rotate(ACCESS, at_once=False, actor=OPERATOR)
    coming = successor().kid
    assert key_rotation.withdraw(old.kid, actor=OPERATOR).relieved_by is None
    assert (current().kid, successor().kid) == (following.kid, coming)


def test_a_compromised_key_in_the_overlap_does_not_come_back() -> None:
    """The one before it may still sign for some minutes, but not in its place."""
    pass_time(PUBLISHED_BEFORE_SIGNING)
    key_rotation.rotate(ACCESS, at_once=False, actor=OPERATOR)
    key_rotation.withdraw(current().kid, actor=OPERATOR)
    pass_time(HEARD_HERE_AFTER)
    assert ring.signing_key(ACCESS).kid == current().kid


def test_a_compromised_successor_is_replaced() -> None:
    signing, old = current().kid, successor().kid
    assert key_rotation.withdraw(old, actor=OPERATOR).relieved_by is None
    assert current().kid == signing
    assert successor().kid != old


def test_without_a_successor_a_new_key_signs() -> None:
    successor().delete()
    withdrawn = key_rotation.withdraw(current().kid, actor=OPERATOR)
    assert withdrawn.relieved_by is not None
    assert not withdrawn.relieved_by.is_known
    assert current().kid == withdrawn.relieved_by.kid
    assert key_rotation.rotate_due() == 1
    assert successor()


def test_a_compromised_key_goes_even_if_it_can_not_be_read_and_no_key_is_made(settings: Settings) -> None:
    settings.SECRET_KEY = "another" * 10
    old = current().kid
    withdrawn = key_rotation.withdraw(old, actor=OPERATOR)
    assert withdrawn.relieved_by is not None
    assert SigningKey.objects.get(pk=old).withdrawn_at is not None
    assert SigningKey.objects.count() == 4


def test_only_one_key_that_stands_can_be_withdrawn() -> None:
    kid = current().kid
    key_rotation.withdraw(kid, actor=OPERATOR)
    for name in (kid, kid[:8], current().kid[:7], current().kid.swapcase(), "", "unknown-key"):
        with pytest.raises(NotFound, match="names no key"):
            key_rotation.withdraw(name, actor=OPERATOR)
    assert AuditEvent.objects.filter(type="keys.withdrawn").count() == 1
