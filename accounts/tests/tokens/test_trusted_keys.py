"""No key is believed that a notice may have withdrawn, and none is disbelieved because nobody could say."""

import os
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.errors import TemporarilyUnavailable
from accounts.keys import ring as ring_module
from accounts.keys.ring import ring
from accounts.models import KeyPurpose, Notice, NoticeType, SigningKey
from accounts.notices.reader import Entry, Position
from accounts.notices.tail import MEMORY_SECONDS, READ_EVERY_SECONDS, RELIED_ON_SECONDS, tail
from accounts.services.signing_keys import keys
from accounts.tokens import trusted_keys
from accounts.tokens.trusted_keys import hearing

pytestmark = pytest.mark.django_db(transaction=True)

ACCESS = KeyPurpose.ACCESS


@pytest.fixture
def kid() -> str:
    """Of the key that signs; the ring is read, and the log, which is not empty: its beginning makes all forget all."""
    with transaction.atomic():
        Notice.objects.create(type=NoticeType.USER_UPDATED, subject="somebody")
    keys.ensure_first_keys()
    kid = trusted_keys.signing_key(ACCESS).kid
    assert trusted_keys.find(kid, ACCESS)
    return kid


class Away:
    """A reader of the log whose database is away."""

    def last(self) -> Position:
        raise OperationalError

    def since(self, seq: int, *, limit: int) -> list[Entry]:
        raise OperationalError

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on the log can't be read."""
    return lambda: monkeypatch.setattr(tail, "_reader", Away())


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on the keys can't be read."""

    def load() -> None:
        raise OperationalError

    return lambda: monkeypatch.setattr(ring_module, "_load", load)


def withdraw_elsewhere(kid: str) -> None:
    """As another process does it: nobody tells this one."""
    with transaction.atomic():
        SigningKey.objects.filter(pk=kid).update(withdrawn_at=timezone.now())
        Notice.objects.create(type=NoticeType.KEYS_CHANGED, subject=kid)


def test_a_key_that_is_known_costs_no_query(
    kid: str, later: Callable[[float], None], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        for _ in range(10):
            later(READ_EVERY_SECONDS)
            assert trusted_keys.find(kid, ACCESS) is not None


def test_a_withdrawn_key_is_believed_no_more_once_the_notice_is_read(kid: str, later: Callable[[float], None]) -> None:
    withdraw_elsewhere(kid)
    later(READ_EVERY_SECONDS)
    assert trusted_keys.find(kid, ACCESS) is None


def test_a_withdrawn_key_does_not_sign_and_is_not_published_once_the_notice_is_read(
    kid: str, later: Callable[[float], None]
) -> None:
    SigningKey.objects.filter(purpose=ACCESS, signing_from__isnull=True).update(signing_from=timezone.now())
    withdraw_elsewhere(kid)
    later(READ_EVERY_SECONDS)
    assert trusted_keys.signing_key(ACCESS).kid != kid
    assert kid not in {key["kid"] for key in trusted_keys.published()}


def test_a_withdrawal_is_not_forgotten_before_the_ring_is_read(kid: str, later: Callable[[float], None]) -> None:
    """Others go on asking the log about people meanwhile, and it drops names that are older than any memory."""
    withdraw_elsewhere(kid)
    for _ in range(int(2 * MEMORY_SECONDS)):
        later(1.0)
        assert tail.keeps_up()
    assert trusted_keys.find(kid, ACCESS) is None


def test_a_read_that_a_notice_overtakes_is_not_the_last(kid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ring is read, a key is withdrawn, the notice is heard; only then does the read end."""
    load = ring_module._load

    def overtaken() -> object:
        keys = load()
        monkeypatch.setattr(ring_module, "_load", load)
        SigningKey.objects.filter(pk=kid).update(withdrawn_at=timezone.now())
        tail.heed(NoticeType.KEYS_CHANGED, kid)
        return keys

    tail.heed(NoticeType.KEYS_CHANGED, "another")
    monkeypatch.setattr(ring_module, "_load", overtaken)
    trusted_keys.find(kid, ACCESS)
    assert trusted_keys.find(kid, ACCESS) is None


def test_without_the_log_the_table_is_asked(kid: str, later: Callable[[float], None], deaf: Callable[[], None]) -> None:
    deaf()
    withdraw_elsewhere(kid)
    later(RELIED_ON_SECONDS + 0.1)
    assert trusted_keys.find(kid, ACCESS) is None


def test_without_the_log_the_table_is_asked_once_a_second(
    kid: str,
    later: Callable[[float], None],
    deaf: Callable[[], None],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    deaf()
    later(RELIED_ON_SECONDS + 0.1)
    with django_assert_num_queries(2):
        for _ in range(15):
            assert trusted_keys.find(kid, ACCESS)
            later(0.1)


def test_without_log_and_table_nobody_can_tell(
    kid: str, later: Callable[[float], None], deaf: Callable[[], None], cut_off: Callable[[], None]
) -> None:
    deaf()
    cut_off()
    later(RELIED_ON_SECONDS + 0.1)
    with pytest.raises(TemporarilyUnavailable):
        trusted_keys.find(kid, ACCESS)
    with pytest.raises(TemporarilyUnavailable):
        trusted_keys.find("unknown", ACCESS)


def test_a_change_that_can_not_be_looked_up_is_no_yes(kid: str, cut_off: Callable[[], None]) -> None:
    cut_off()
    tail.heed(NoticeType.KEYS_CHANGED, kid)
    for _ in range(2):
        with pytest.raises(TemporarilyUnavailable):
            trusted_keys.find(kid, ACCESS)


def test_signing_and_publishing_go_on_through_an_outage(
    kid: str, later: Callable[[float], None], deaf: Callable[[], None], cut_off: Callable[[], None]
) -> None:
    cut_off()
    tail.heed(NoticeType.KEYS_CHANGED, kid)
    assert trusted_keys.signing_key(ACCESS).kid == kid
    deaf()
    later(RELIED_ON_SECONDS + 60)
    assert trusted_keys.signing_key(ACCESS).kid == kid
    assert kid in {key["kid"] for key in trusted_keys.published()}


def test_within_a_transaction_the_table_is_asked(kid: str, later: Callable[[float], None]) -> None:
    withdraw_elsewhere(kid)
    later(1.1)
    with transaction.atomic():
        assert trusted_keys.find(kid, ACCESS) is None
    assert not connection.in_atomic_block


def test_a_process_that_has_heard_nothing_yet_reads_the_ring(kid: str) -> None:
    """As after a fork: what was heard up to a mark of the parent's says nothing about this process."""
    withdraw_elsewhere(kid)
    hearing.forget()
    tail.close()
    tail.reset()
    assert trusted_keys.find(kid, ACCESS) is None
    assert ring.find(kid, ACCESS) is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_begins_with_nothing_in_mind(kid: str) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0 if not ring._keys and not tail.still_holds(hearing._mark, NoticeType.KEYS_CHANGED) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ring._keys
    assert tail.still_holds(hearing._mark, NoticeType.KEYS_CHANGED)
