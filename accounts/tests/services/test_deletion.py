"""A deletion is requested: the person is out at once, everywhere, and nothing brings them back."""

from uuid import UUID, uuid4

import pytest
from django.contrib.auth import hashers
from django.db import OperationalError, connection
from django.db.models import F
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from structlog.testing import capture_logs

from accounts.errors import (
    AccountSuspended,
    EmailTaken,
    InvalidCredentials,
    InvalidInput,
    NotFound,
    PermissionDenied,
    SessionRevoked,
    TooManyAttempts,
    WrongPassword,
)
from accounts.models import AuditEvent, Deletion, KnownNetwork, Notice, Session, User
from accounts.principals import Origin, System, UserPrincipal
from accounts.services import confirmation, identification, password_change, profile, refreshing, registration, sign_in
from accounts.services.deleting import deletion
from accounts.tests.support import consumers
from accounts.tests.support.factories import PASSWORD, MakeUser, Tokens
from accounts.throttling.database_counters import DatabaseCounters

OPERATOR = System("test")


@pytest.fixture
def origin() -> Origin:
    return Origin(address="127.0.0.1", user_agent="curl/8")  # from where `sign_in` signs in


@pytest.fixture
def waiting(user: User, tokens: Tokens, origin: Origin) -> Deletion:
    """Of `user`, who was signed in; it waits for one consumer."""
    consumers.make()
    return deletion.request(user.pk, actor=OPERATOR, origin=origin)


def test_whoever_asks_with_their_password_is_gone_at_once(user: User, actor: UserPrincipal, origin: Origin) -> None:
    done = deletion.request_own(password=PASSWORD, actor=actor, origin=origin)
    assert isinstance(done, Deletion)
    assert (done.user_id, done.requested_by) == (user.pk, str(user.pk))
    assert done.completed_at is not None
    assert not User.objects.exists()
    assert not Session.objects.exists()


def test_a_request_is_one_end_of_all_sessions_two_notices_and_an_event(waiting: Deletion, user: User) -> None:
    gone = User.objects.get()
    assert gone.deletion_requested_at is not None
    assert (gone.is_active, gone.version, gone.credentials_version) == (False, 2, 2)
    assert waiting.completed_at is None
    assert [a.consumer_id for a in waiting.acknowledgements.all()] == ["svc_orders"]
    assert Session.objects.get().revocation_reason == "deleted"
    notices = {notice.type: notice for notice in Notice.objects.all()}
    assert set(notices) == {"sessions.revoked", "user.deleted"}
    assert (notices["user.deleted"].pk, notices["user.deleted"].data) == (waiting.notice_id, {"version": 2})
    assert {notice.subject for notice in notices.values()} == {str(user.pk)}
    event = AuditEvent.objects.get(type="user.deletion_requested")
    assert (event.actor, event.subject, event.data) == ("system:test", user.pk, {})


def test_a_second_request_answers_the_one_under_way(waiting: Deletion, user: User, origin: Origin) -> None:
    again = deletion.request(user.pk, actor=System("other"), origin=origin)
    assert (again.pk, again.requested_by) == (waiting.pk, "system:test")
    assert Notice.objects.filter(type="user.deleted").count() == 1


def test_a_request_after_the_end_answers_the_receipt(user: User, origin: Origin) -> None:
    done = deletion.request(user.pk, actor=OPERATOR, origin=origin)
    again = deletion.request(user.pk, actor=OPERATOR, origin=origin)
    assert (again.pk, again.completed_at) == (done.pk, done.completed_at)


@pytest.mark.django_db
def test_nobody_can_not_be_deleted(origin: Origin) -> None:
    for call in (deletion.request, lambda user_id, **by: deletion.force(user_id, reason="late", **by)):
        with pytest.raises(NotFound):
            call(uuid4(), actor=OPERATOR, origin=origin)
    assert not Deletion.objects.exists()


def test_a_wrong_password_deletes_nobody_and_counts(
    user: User, actor: UserPrincipal, origin: Origin, settings: Settings
) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=2/15m,address=100/15m"
    for _ in range(4):  # two that count for everybody, two for this session
        with pytest.raises(WrongPassword):
            deletion.request_own(password="wrong", actor=actor, origin=origin)
    with pytest.raises(TooManyAttempts):
        deletion.request_own(password=PASSWORD, actor=actor, origin=origin)
    assert User.objects.present().get() == user
    failures = AuditEvent.objects.filter(type="user.deletion_requested", outcome="failure", subject=user.pk)
    assert failures.count() == 4


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"password": hashers.make_password("another")}, WrongPassword),
        ({"is_active": False}, AccountSuspended),
        ({"expires_at": F("date_joined")}, AccountSuspended),
    ],
)
def test_what_changed_after_the_check_refuses(
    actor: UserPrincipal,
    origin: Origin,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, object],
    refusal: type[Exception],
) -> None:
    confirm = confirmation.confirm_password

    def confirm_early(*args: object, **kwargs: object) -> User:
        user = confirm(*args, **kwargs)  # type: ignore[arg-type]
        User.objects.update(**change)
        return user

    monkeypatch.setattr(confirmation, "confirm_password", confirm_early)
    with pytest.raises(refusal):
        deletion.request_own(password=PASSWORD, actor=actor, origin=origin)
    assert User.objects.present().exists()


def test_who_may_not_delete_deletes_nobody(
    user: User, actor: UserPrincipal, make_user: MakeUser, origin: Origin
) -> None:
    other = make_user()
    for target in (other.pk, uuid4()):
        with pytest.raises(PermissionDenied):
            deletion.request(target, actor=actor, origin=origin)
        with pytest.raises(PermissionDenied):
            deletion.force(target, reason="late", actor=actor, origin=origin)
    assert User.objects.present().count() == 2


# Nobody comes back


def test_the_address_signs_in_like_an_unknown_one(
    waiting: Deletion, user: User, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_password = hashers.make_password
    hashed: list[str] = []

    def counted(raw: str) -> str:
        hashed.append(raw)
        return make_password(raw)

    monkeypatch.setattr(hashers, "make_password", counted)
    events = AuditEvent.objects.count()
    for number, email in enumerate((user.email, "nobody@example.com"), start=1):
        with pytest.raises(InvalidCredentials):
            sign_in.sign_in(email=email, password=PASSWORD, origin=origin)
        assert len(hashed) == number
    assert AuditEvent.objects.count() == events


def test_the_address_has_no_known_networks(waiting: Deletion, user: User, origin: Origin, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=1/15m,address=100/15m"
    assert KnownNetwork.objects.exists()
    with pytest.raises(InvalidCredentials):
        sign_in.sign_in(email=user.email, password=PASSWORD, origin=origin)
    with pytest.raises(TooManyAttempts):
        sign_in.sign_in(email=user.email, password=PASSWORD, origin=origin)


def test_whoever_is_deleted_between_check_and_opening_does_not_get_in(
    user: User, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumers.make()
    open_session = sign_in._open

    def open_late(checked: sign_in._Checked, at: Origin, terms: sign_in.Terms) -> Session | None:
        deletion.request(user.pk, actor=OPERATOR, origin=origin)
        return open_session(checked, at, terms)

    monkeypatch.setattr(sign_in, "_open", open_late)
    with pytest.raises(InvalidCredentials):
        sign_in.sign_in(email=user.email, password=PASSWORD, origin=origin)
    assert not Session.objects.exists()


def test_old_tokens_are_refused_as_revoked(waiting: Deletion, tokens: Tokens, origin: Origin) -> None:
    with pytest.raises(SessionRevoked):
        identification.identify(tokens.access)
    with pytest.raises(SessionRevoked):
        refreshing.refresh(unverified_token=tokens.refresh, origin=origin)


def test_a_caller_who_was_identified_a_moment_before_changes_nothing(
    waiting: Deletion, user: User, session: Session, origin: Origin
) -> None:
    caller = UserPrincipal(user.pk, session.pk)
    with pytest.raises(SessionRevoked):
        password_change.change_password(
            current_password=PASSWORD, new_password="another-lantern-of-copper", actor=caller, origin=origin
        )
    with pytest.raises(SessionRevoked):
        profile.update({"first_name": "Ada"}, actor=caller, origin=origin)
    with pytest.raises(SessionRevoked):
        deletion.request_own(password=PASSWORD, actor=caller, origin=origin)
    assert User.objects.get().version == 2


def test_the_address_is_taken_until_it_is_erased_and_then_somebody_elses(
    waiting: Deletion, user: User, origin: Origin
) -> None:
    def register() -> User | None:
        return registration.register(email=user.email, password=PASSWORD, profile={}, origin=origin)

    with pytest.raises(EmailTaken):
        register()
    deletion.force(user.pk, reason="late", actor=OPERATOR, origin=origin)
    new = register()
    assert new is not None
    assert new.pk != user.pk


@pytest.mark.parametrize("field", ["first_name", "is_active", "password"])
def test_a_stale_copy_that_is_saved_brings_nobody_back(user: User, tokens: Tokens, origin: Origin, field: str) -> None:
    """Not even one on which `is_active` or a password was set by hand."""
    consumers.make()
    stale = User.objects.get()
    deletion.request(user.pk, actor=OPERATOR, origin=origin)
    setattr(stale, field, {"first_name": "Ada", "is_active": True, "password": stale.password}[field])
    stale.save()
    assert not User.objects.present().exists()
    with pytest.raises(InvalidCredentials):
        sign_in.sign_in(email=user.email, password=PASSWORD, origin=origin)
    with pytest.raises(SessionRevoked):
        refreshing.refresh(unverified_token=tokens.refresh, origin=origin)


def test_whoever_registers_anew_inherits_nothing(
    user: User,
    tokens: Tokens,
    origin: Origin,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=2/15m,address=100/15m"
    from_afar = Origin(address="198.51.100.9")
    for where in (from_afar, origin):  # two that count for everybody, two for the network that is known
        for _ in range(2):
            fail(user.email, where)
    with django_capture_on_commit_callbacks(execute=True):
        deletion.request(user.pk, actor=OPERATOR, origin=origin)
    new = registration.register(email=user.email, password=PASSWORD, profile={}, origin=origin)
    assert new is not None
    assert new.pk != user.pk
    assert (new.groups.count(), new.sessions.count(), new.suspensions.count()) == (0, 0, 0)
    assert not KnownNetwork.objects.exists()
    with pytest.raises(SessionRevoked):
        identification.identify(tokens.access)
    sign_in.sign_in(email=user.email, password=PASSWORD, origin=origin)  # who is known by that network, too
    for where in (from_afar, origin):
        for _ in range(2):
            fail(user.email, where)  # as many as anybody has


@pytest.mark.django_db(transaction=True)
def test_failures_are_forgotten_when_the_erasing_is_committed(
    user: User, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis may take its time, or be away; neither holds the person's row or undoes anything."""
    within: list[bool] = []

    def forget(*_: object) -> None:
        within.append(connection.in_atomic_block)
        raise OperationalError

    monkeypatch.setattr(DatabaseCounters, "forget", forget)
    with capture_logs() as lines:
        done = deletion.request(user.pk, actor=OPERATOR, origin=origin)
    assert done.completed_at is not None
    assert within == [False]
    told = [line["event"] for line in lines if line["log_level"] != "info"]
    assert told == ["attempts_not_forgotten"]


def fail(email: str, origin: Origin) -> None:
    with pytest.raises(InvalidCredentials):
        sign_in.sign_in(email=email, password="wrong", origin=origin)


# Without waiting


def test_force_completes_and_stays_on_the_receipt_alone(waiting: Deletion, user: User, origin: Origin) -> None:
    receipt = deletion.force(user.pk, reason=" its database is gone ", actor=OPERATOR, origin=origin)
    assert receipt.completed_at is not None
    assert (receipt.forced_by, receipt.forced_reason) == ("system:test", "its database is gone")
    assert not User.objects.exists()
    assert AuditEvent.objects.get(type="user.deletion_forced").data == {}


def test_the_first_reason_stays(waiting: Deletion, user: User, origin: Origin) -> None:
    for reason in ("first", "second"):
        receipt = deletion.force(user.pk, reason=reason, actor=OPERATOR, origin=origin)
    assert receipt.forced_reason == "first"
    assert AuditEvent.objects.filter(type="user.deletion_forced").count() == 1


def test_nobody_is_forced_who_was_not_to_be_deleted(user: User, origin: Origin) -> None:
    with pytest.raises(NotFound):
        deletion.force(user.pk, reason="late", actor=OPERATOR, origin=origin)
    assert User.objects.present().get() == user


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("", "blank"),
        (" \t", "blank"),
        ("x" * 501, "max_length"),
        ("WILHELMINA asked twice", "personal"),
        ("Ms Quistgaard's data is gone there", "personal"),
        ("see the ticket of W.Q@Example.com", "personal"),
        ("call +49 (30) 901-820 first", "personal"),
        ("call 030 901820 first", "personal"),
    ],
)
def test_a_reason_that_does_not_fit_a_receipt_forces_nothing(
    make_user: MakeUser, origin: Origin, reason: str, code: str
) -> None:
    names = {"first_name": "Wilhelmina", "last_name": "Quistgaard", "phone_number": "+4930901820"}
    user_id: UUID = make_user("w.q@example.com", **names).pk
    consumers.make()
    deletion.request(user_id, actor=OPERATOR, origin=origin)
    with pytest.raises(InvalidInput) as refused:
        deletion.force(user_id, reason=reason, actor=OPERATOR, origin=origin)
    assert [(error.field, error.code) for error in refused.value.errors] == [("reason", code)]
    assert Deletion.objects.get().forced_by == ""
