"""Standings, and clients' secrets, that are read for several at once: each hears what they would hear alone."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connections, transaction
from django.utils import timezone

from accounts.errors import AccountSuspended, InvalidClient, SessionRevoked
from accounts.models import ClientSecret, NoticeType, RevocationReason, Session, User
from accounts.models.clients import ClientSecretQuerySet
from accounts.models.sessions import SessionQuerySet
from accounts.notices import log
from accounts.principals import Origin, System
from accounts.services import revocation, suspension
from accounts.services.clients import client_credentials, clients
from accounts.tests.support import service_clients
from accounts.tests.support.factories import MakeUser, SignIn
from accounts.tests.support.together import together
from accounts.tokens import combining, standing
from accounts.tokens.combining import Combined

pytestmark = pytest.mark.django_db(transaction=True)

SOON = 10.0
ASKED_EACH = 120
OPERATOR = System("test")
T = TypeVar("T")


class Held:
    """The read of `occupy` is under way until `go` is set; whoever asks meanwhile waits for the next one."""

    def __init__(self, combined: Combined[Any, Any], pool: ThreadPoolExecutor) -> None:
        self.go, self.sent = threading.Event(), threading.Event()
        self.sizes: list[int] = []
        self._combined, self._pool, self._find_all = combined, pool, combined._find_all

    def find_all(self, keys: Sequence[Any]) -> Any:
        self.sizes.append(len(keys))
        found = self._find_all(keys)
        self.sent.set()
        assert self.go.wait(SOON)
        return found

    def occupy(self, ask: Callable[[], T]) -> "Future[T]":
        asked = self._submit(ask)
        assert self.sent.wait(SOON)
        return asked

    def ask(self, *questions: Callable[[], T]) -> "list[Future[T]]":
        """Each is known to wait before this returns."""
        asked = [self._submit(each) for each in questions]
        waiting = threading.Event()
        for _ in range(1000):
            gathering = self._combined._gathering
            if gathering is not None and len(gathering.keys) == len(questions):
                return asked
            waiting.wait(0.01)
        raise AssertionError("not everybody waits")

    def _submit(self, ask: Callable[[], T]) -> "Future[T]":
        def run() -> T:
            try:
                return ask()
            finally:
                connections.close_all()

        return self._pool.submit(run)


def hold(monkeypatch: pytest.MonkeyPatch, combined: Combined[Any, Any]) -> Iterator[Held]:
    with ThreadPoolExecutor(8) as pool:
        held = Held(combined, pool)
        monkeypatch.setattr(combined, "_find_all", held.find_all)
        monkeypatch.setattr(combining, "MAX_WAIT_SECONDS", SOON)  # a busy machine takes its time
        yield held
        held.go.set()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    yield from hold(monkeypatch, standing._combined)


@pytest.fixture
def held_secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    yield from hold(monkeypatch, client_credentials._combined)


@pytest.fixture
def others(make_user: MakeUser, sign_in: SignIn, session: Session) -> list[Session]:
    """Of five other people."""
    for number in range(5):
        user = make_user()
        user.groups.add(Group.objects.create(name=f"group {number}"))
        sign_in(user)
    return list(Session.objects.exclude(pk=session.pk).order_by("created_at"))


def asked_for(session: Session) -> Callable[[], Session]:
    return lambda: standing.recall_session(user_id=session.user_id, session_id=session.pk)


def test_each_hears_of_their_own_session(held: Held, session: Session, others: list[Session]) -> None:
    suspended, ended, over, outdated, good = others
    User.objects.filter(pk=suspended.user_id).update(is_active=False)
    Session.objects.filter(pk=ended.pk).update(revoked_at=timezone.now())
    Session.objects.filter(pk=over.pk).update(expires_at=timezone.now())
    User.objects.filter(pk=outdated.user_id).update(credentials_version=7)
    first = held.occupy(asked_for(session))
    questions = [asked_for(each) for each in others]
    questions.append(lambda: standing.recall_session(user_id=session.user_id, session_id=good.pk))
    questions.append(lambda: standing.recall_session(user_id=good.user_id, session_id=uuid4()))
    asked = held.ask(*questions)
    held.go.set()
    assert first.result(SOON).pk == session.pk
    refusals = [type(each.exception(SOON)) for each in asked]
    assert refusals == [AccountSuspended, *[SessionRevoked] * 3, type(None), SessionRevoked, SessionRevoked]
    found = asked[4].result(SOON)
    assert (found.pk, found.user.email, found.user.group_names) == (good.pk, good.user.email, ["group 4"])
    assert held.sizes == [1, 7]


@pytest.mark.usefixtures("stopped")
def test_what_was_read_together_is_remembered_and_renewed_as_ever(
    held: Held, session: Session, others: list[Session]
) -> None:
    held.occupy(asked_for(session))
    asked = held.ask(*map(asked_for, others))
    held.go.set()
    for each in asked:
        each.result(SOON)
    kept = [standing.kept_session(user_id=each.user_id, session_id=each.pk) for each in others]
    assert [each and each.pk for each in kept] == [each.pk for each in others]
    assert all(
        seconds > 0 for seconds in Session.objects.reread([each for each in kept if each], connections["default"])
    )


def test_whoever_comes_after_a_suspension_is_not_told_by_a_read_before_it(held: Held, session: Session) -> None:
    before = held.occupy(asked_for(session))
    suspension.suspend(session.user_id, reason="test", actor=OPERATOR, origin=Origin())
    (after,) = held.ask(asked_for(session))
    held.go.set()
    assert before.result(SOON).pk == session.pk
    with pytest.raises(AccountSuspended):
        after.result(SOON)


@pytest.mark.usefixtures("stopped")
def test_a_read_for_several_that_a_notice_overtakes_is_worthless(
    held: Held, session: Session, others: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, go = threading.Event(), threading.Event()
    find = SessionQuerySet.find_all_whole

    def late(rows: SessionQuerySet, ids: Any) -> Any:
        found = find(rows, ids)
        answered.set()
        assert go.wait(SOON)
        return found

    monkeypatch.setattr(SessionQuerySet, "find_all_whole", late)
    held.occupy(asked_for(session))
    asked = held.ask(*map(asked_for, others))
    held.go.set()
    assert answered.wait(SOON)
    with transaction.atomic():
        User.objects.filter(pk=others[0].user_id).update(is_active=False)
        log.append(NoticeType.USER_SUSPENDED, others[0].user_id)
    go.set()
    for each in asked:
        assert each.result(SOON)
    with pytest.raises(AccountSuspended):
        asked_for(others[0])()
    assert standing.kept_session(user_id=others[1].user_id, session_id=others[1].pk) is not None


def test_each_client_opens_by_its_own_secret(held_secrets: Held) -> None:
    one, two, revoked = (service_clients.make(name=name) for name in ("one", "two", "revoked"))
    second = clients.add_secret(two.client.pk, actor=OPERATOR, origin=Origin())
    clients.revoke_secret(revoked.client.pk, revoked.row.pk, actor=OPERATOR, origin=Origin())
    find = client_credentials.find
    held_secrets.occupy(lambda: find(one.client.pk, one.secret))
    asked = held_secrets.ask(
        lambda: find(one.client.pk, one.secret),
        lambda: find(two.client.pk, second.secret),
        lambda: find(revoked.client.pk, revoked.secret),
        lambda: find("no client's id", one.secret),
    )
    held_secrets.go.set()
    found = [each.result(SOON) for each in asked]
    assert [each and each.client.pk for each in found] == [one.client.pk, two.client.pk, None, None]
    assert find(two.client.pk, one.secret) is None


def test_a_secret_that_is_revoked_opens_nothing_to_whoever_comes_then(held_secrets: Held) -> None:
    """Though somebody else's read, which still knows it, is under way."""
    made = service_clients.make()
    before = held_secrets.occupy(lambda: client_credentials.find(made.client.pk, made.secret))
    ClientSecret.objects.all().revoke()
    (after,) = held_secrets.ask(lambda: client_credentials.authenticate(made.client.pk, made.secret))
    held_secrets.go.set()
    assert before.result(SOON) is not None
    with pytest.raises(InvalidClient):
        after.result(SOON)


def test_a_secret_that_was_just_added_opens_at_once(held_secrets: Held) -> None:
    made = service_clients.make()
    held_secrets.occupy(lambda: client_credentials.find(made.client.pk, made.secret))
    added = clients.add_secret(made.client.pk, actor=OPERATOR, origin=Origin())
    (after,) = held_secrets.ask(lambda: client_credentials.find(made.client.pk, added.secret))
    held_secrets.go.set()
    assert after.result(SOON) is not None


def test_secrets_of_many_are_one_query(django_assert_num_queries: Any) -> None:
    made = [service_clients.make(name=str(number)) for number in range(3)]
    with django_assert_num_queries(1):
        found = ClientSecretQuerySet(ClientSecret).find_live([each.client.pk for each in made])
    assert {client_id: [each.pk for each in secrets] for client_id, secrets in found.items()} == {
        each.client.pk: [each.row.pk] for each in made
    }


@pytest.mark.postgresql
def test_of_many_who_ask_at_once_none_is_told_yes_after_a_revocation_has_returned(
    session: Session, others: list[Session]
) -> None:
    """Past memory: every question is a read, and most are read together."""
    everybody = [session, *others]
    ended: set[UUID] = set()
    late, good = [], Counter[UUID]()

    def act(index: int) -> None:
        if index == 0:
            for each in others:
                revocation.revoke_one(each.user_id, each.pk, RevocationReason.LOGOUT, actor=OPERATOR, origin=Origin())
                ended.add(each.pk)
            return
        for number in range(index, index + ASKED_EACH):
            asked = everybody[number % len(everybody)]
            was_ended = asked.pk in ended
            try:
                standing._read_with_others(asked.user_id, asked.pk)
            except SessionRevoked:
                continue
            good[asked.pk] += 1
            if was_ended:
                late.append(asked.pk)

    together(act, threads=9)
    assert late == []
    assert good[session.pk] == 8 * ASKED_EACH // len(everybody)
    assert ended == {each.pk for each in others}
