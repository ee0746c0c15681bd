"""Suspended: out at once, everywhere, until somebody or the given time lets them in; and it can be read later."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError
from django.utils import timezone
from structlog.testing import capture_logs

from accounts.errors import AccountSuspended, InvalidInput, NotFound, PermissionDenied, Refusal, SessionRevoked
from accounts.models import AuditEvent, Notice, Session, Suspension, User
from accounts.principals import Origin, Principal, System, UserPrincipal
from accounts.services import identification, refreshing, suspension
from accounts.tests.support import service_clients
from accounts.tests.support.factories import SignIn, Tokens
from accounts.tests.support.staff import acting, make_staff, make_superuser

pytestmark = pytest.mark.django_db

OPERATOR = System("test")
REASON = "She is said to have lent her password to Ben"


def suspend(user: User, **changed: Any) -> User:
    given: dict[str, Any] = {"reason": REASON, "actor": OPERATOR, "origin": Origin()}
    return suspension.suspend(user.pk, **given | changed)


def reinstate(user: User, actor: Principal = OPERATOR) -> User:
    return suspension.reinstate(user.pk, actor=actor, origin=Origin())


def notices() -> list[tuple[str, dict[str, Any]]]:
    return [(notice.type, notice.data) for notice in Notice.objects.order_by("seq", "occurred_at")]


def refusal_of(token: str) -> type[Refusal] | None:
    try:
        identification.identify(token)
    except Refusal as refusal:
        return type(refusal)
    return None


@pytest.mark.django_db(transaction=True)
def test_the_suspended_are_out_everywhere_at_once(user: User, tokens: Tokens, sign_in: SignIn) -> None:
    tablet = sign_in(user)
    assert refusal_of(tokens.access) is None  # and so remembered
    assert not suspend(user).is_active
    assert {refusal_of(tokens.access), refusal_of(tablet.access)} == {AccountSuspended}
    assert set(Session.objects.values_list("revocation_reason", flat=True)) == {"suspended"}
    with pytest.raises(AccountSuspended):
        refreshing.refresh(unverified_token=tokens.refresh, origin=Origin())


@pytest.mark.django_db(transaction=True)
def test_it_is_in_the_log_with_the_version_and_the_end(user: User, session: Session) -> None:
    until = datetime(2100, 1, 2, 3, 4, 5, tzinfo=UTC)
    suspended = suspend(user, until=until)
    assert suspended.version == user.version + 1
    assert notices() == [
        ("sessions.revoked", {"session_ids": [str(session.pk)]}),
        ("user.suspended", {"version": suspended.version, "until": "2100-01-02T03:04:05Z"}),
    ]
    assert set(Notice.objects.values_list("subject", flat=True)) == {str(user.pk)}


def test_without_an_end_it_says_so(user: User) -> None:
    suspended = suspend(user)
    assert notices() == [("user.suspended", {"version": suspended.version, "until": None})]


@pytest.mark.django_db(transaction=True)
def test_the_reinstated_may_sign_in_and_what_was_ended_stays_ended(user: User, tokens: Tokens, sign_in: SignIn) -> None:
    suspended = suspend(user)
    reinstated = reinstate(user)
    assert reinstated.is_active
    assert reinstated.version == suspended.version + 1
    assert refusal_of(tokens.access) is SessionRevoked
    assert refusal_of(sign_in(user).access) is None
    assert notices()[-1] == ("user.reinstated", {"version": reinstated.version})


def test_who_did_what_and_why_can_be_read_later(user: User) -> None:
    root = make_superuser()
    actor = UserPrincipal(user_id=root.pk, session_id=uuid4())
    suspend(user, actor=actor)
    reinstate(user)
    past = suspension.history(user.pk, actor=actor).get()
    assert (past.reason, past.actor, past.until, past.lifted_by) == (REASON, str(root.pk), None, "system:test")
    assert past.lifted_at is not None
    assert past.lifted_at >= past.created_at


def test_suspending_again_gives_the_new_reason_and_keeps_the_old(user: User) -> None:
    until = timezone.now() + timedelta(days=1)
    suspend(user)
    suspended = suspend(user, reason="Another", until=until)
    assert Suspension.objects.open().get().reason == "Another"
    assert list(Suspension.objects.order_by("created_at").values_list("reason", flat=True)) == [REASON, "Another"]
    assert [notice_type for notice_type, _ in notices()] == ["user.suspended"] * 2
    assert suspended.version == user.version + 2


def test_nobody_is_suspended_twice_at_once(user: User) -> None:
    Suspension.objects.create(user=user, actor="system:test")
    with pytest.raises(IntegrityError):
        Suspension.objects.create(user=user, actor="system:test")


def test_reinstating_whoever_is_not_suspended_changes_nothing(user: User) -> None:
    assert reinstate(user).version == user.version
    suspend(user)
    reinstate(user)
    said, done = notices(), reinstate(user)
    assert done.version == user.version + 2
    assert notices() == said
    assert AuditEvent.objects.filter(type="user.reinstated").count() == 1


def test_a_session_begun_behind_the_services_back_does_not_come_to_life(user: User, sign_in: SignIn) -> None:
    suspend(user)
    User.objects.update(is_active=True)
    tokens = sign_in(user)
    User.objects.update(is_active=False)
    reinstate(user)
    assert refusal_of(tokens.access) is SessionRevoked


@pytest.mark.parametrize("seconds", [0, -1, -86_400])
def test_an_end_that_is_over_is_refused(user: User, seconds: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        suspend(user, until=timezone.now() + timedelta(seconds=seconds))
    assert [(error.field, error.code) for error in refused.value.errors] == [("until", "not_to_come")]
    assert not Suspension.objects.exists()


def test_a_reason_is_of_some_length(user: User) -> None:
    assert suspend(user, reason="x" * 500)
    with pytest.raises(InvalidInput) as refused:
        suspend(user, reason="x" * 501)
    assert [(error.field, error.code) for error in refused.value.errors] == [("reason", "max_length")]


@pytest.mark.parametrize("known", [True, False])
def test_nobody_and_whoever_is_being_deleted_are_not_found(user: User, known: bool) -> None:
    User.objects.update(deletion_requested_at=timezone.now())
    user_id = user.pk if known else UUID(int=1)
    for act in (
        lambda: suspension.suspend(user_id, reason=REASON, actor=OPERATOR, origin=Origin()),
        lambda: suspension.reinstate(user_id, actor=OPERATOR, origin=Origin()),
        lambda: suspension.history(user_id, actor=OPERATOR),
    ):
        with pytest.raises(NotFound):
            act()
    assert not Notice.objects.exists()


def test_nobody_does_it_without_permission(user: User) -> None:
    reader = UserPrincipal(user_id=make_staff("accounts.view_user").pk, session_id=uuid4())
    changer = UserPrincipal(user_id=make_staff("accounts.change_user").pk, session_id=uuid4())
    acts: list[Callable[[], object]] = [lambda: suspend(user, actor=reader), lambda: reinstate(user, reader)]
    for act in acts:
        with pytest.raises(PermissionDenied):
            act()
    with pytest.raises(PermissionDenied):
        suspension.history(user.pk, actor=changer)
    assert not suspension.history(user.pk, actor=reader).exists()
    assert User.objects.get(pk=user.pk).is_active


def test_it_is_audited_and_the_reason_is_told_nowhere(
    user: User, django_capture_on_commit_callbacks: Any, origin: Origin
) -> None:
    root = make_superuser()
    actor = UserPrincipal(user_id=root.pk, session_id=uuid4())
    with capture_logs() as lines, django_capture_on_commit_callbacks(execute=True):
        suspension.suspend(user.pk, reason=REASON, actor=actor, origin=origin)
        suspension.reinstate(user.pk, actor=actor, origin=origin)
    events = AuditEvent.objects.filter(subject=user.pk).order_by("pk")
    assert [(event.type, event.actor) for event in events] == [
        ("user.suspended", str(root.pk)),
        ("user.reinstated", str(root.pk)),
    ]
    assert [line["event"] for line in lines] == ["user.suspended", "user.reinstated"]
    assert "lent" not in f"{lines} {[event.data for event in events]} {notices()}"


@pytest.mark.parametrize("is_at_once", [True, False])
def test_nobody_lets_staff_in_again_who_may_do_more_than_they(is_at_once: bool) -> None:
    """At once, or at a time that is to come: the worker would."""
    other = suspend(make_staff("accounts.delete_user"))
    until = timezone.now() + timedelta(hours=1)

    def let_in(actor: Principal) -> User:
        return reinstate(other, actor) if is_at_once else suspend(other, until=until, actor=actor)

    clerk, client = make_staff("accounts.change_user"), service_clients.make("users:admin")
    for actor, objection in ((acting(clerk), "delete_user"), (service_clients.principal(client), "let one in again")):
        with pytest.raises(PermissionDenied, match=objection):
            let_in(actor)
    assert Suspension.objects.open().get().until is None
    assert let_in(acting(make_staff("accounts.change_user", "accounts.delete_user"))).is_active == is_at_once


def test_whoever_may_suspend_staff_may_do_it_with_an_end_and_again_without_one() -> None:
    """They were in, or stay out: nobody gets back what they had not."""
    other, clerk = make_staff("accounts.delete_user"), acting(make_staff("accounts.change_user"))
    assert not suspend(other, until=timezone.now() + timedelta(hours=1), actor=clerk).is_active
    assert not suspend(other, actor=clerk).is_active
    assert reinstate(make_staff("accounts.delete_user"), clerk).is_active
