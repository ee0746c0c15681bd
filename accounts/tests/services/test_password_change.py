"""A password changed by who knows it: every other session ends, this one goes on."""

import pytest
from django.contrib.auth import hashers
from django.db.models import F
from pytest_django import Settings

from accounts import passwords
from accounts.errors import AccountSuspended, InvalidInput, SessionRevoked, TooManyAttempts, WrongPassword
from accounts.models import AuditEvent, Session, User
from accounts.principals import Origin, UserPrincipal
from accounts.services import password_change
from accounts.tests.support.factories import Bearer, SignIn, Tokens

NEW = "another-lantern-of-copper"


@pytest.fixture
def change(actor: UserPrincipal, origin: Origin, password: str) -> "Change":
    return Change(actor, origin, password)


class Change:
    """`change(new=…, current=…)` as `actor`."""

    def __init__(self, actor: UserPrincipal, origin: Origin, password: str) -> None:
        self.actor, self.origin, self.password = actor, origin, password

    def __call__(self, new: str = NEW, current: str = "") -> None:
        password_change.change_password(
            current_password=current or self.password, new_password=new, actor=self.actor, origin=self.origin
        )


def test_every_other_session_ends_and_this_one_goes_on(
    user: User, tokens: Tokens, change: Change, sign_in: SignIn, bearer: Bearer
) -> None:
    other = sign_in(user)
    change()
    assert bearer(tokens.access).get("/auth/user").status_code == 200
    assert bearer(other.access).get("/auth/user").json()["code"] == "session_revoked"
    assert bearer("").post("/auth/refresh", {"refresh": tokens.refresh}).status_code == 200
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert (user.version, user.credentials_version) == (2, 2)
    assert Session.objects.exclude(pk=change.actor.session_id).get().revocation_reason == "password_changed"


def test_a_wrong_current_password_changes_nothing_and_counts(user: User, change: Change, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=2/15m,address=100/15m"
    for _ in range(4):  # two that count for everybody, two for this known address
        with pytest.raises(WrongPassword):
            change(current="wrong")
    with pytest.raises(TooManyAttempts):
        change()
    user.refresh_from_db()
    assert (user.version, user.credentials_version) == (1, 1)
    assert AuditEvent.objects.filter(type="password.changed", outcome="failure", subject=user.pk).count() == 4


def test_a_poor_new_password_is_refused_under_its_own_name(change: Change, user: User) -> None:
    with pytest.raises(InvalidInput) as refused:
        change(new="short")
    assert [error.field for error in refused.value.errors] == ["new_password"]


def test_the_new_password_is_compared_with_the_persons_own_data(change: Change, user: User) -> None:
    User.objects.update(first_name="Wilhelmina", last_name="Quistgaard")
    with pytest.raises(InvalidInput):
        change(new="wilhelminaquistgaard")


def test_a_poor_password_is_not_judged_before_the_current_one_is_right(change: Change) -> None:
    with pytest.raises(WrongPassword):
        change(new="short", current="wrong")


OUT = pytest.mark.parametrize(
    "out", [{"is_active": False}, {"expires_at": F("date_joined")}], ids=lambda out: next(iter(out))
)


def test_what_somebody_changed_in_between_is_not_overwritten(
    change: Change, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = hashers.make_password("changed by somebody else")

    def hash_late(raw: str) -> str:
        User.objects.update(password=changed)
        return hashers.make_password(raw)

    monkeypatch.setattr(passwords, "hash_password", hash_late)
    with pytest.raises(WrongPassword):
        change()
    assert User.objects.get().password == changed


@OUT
def test_who_may_no_longer_come_in_is_told_so(change: Change, user: User, out: dict[str, object]) -> None:
    User.objects.filter(pk=user.pk).update(**out)
    with pytest.raises(AccountSuspended):
        change()


@OUT
def test_who_is_put_out_in_between_changes_nothing(
    change: Change, user: User, monkeypatch: pytest.MonkeyPatch, out: dict[str, object]
) -> None:
    def hash_late(raw: str) -> str:
        User.objects.update(**out)
        return hashers.make_password(raw)

    monkeypatch.setattr(passwords, "hash_password", hash_late)
    with pytest.raises(AccountSuspended):
        change()
    assert User.objects.get().password == user.password


def test_who_is_gone_in_between_has_no_session(change: Change, user: User) -> None:
    User.objects.filter(pk=user.pk).delete()
    with pytest.raises(SessionRevoked):
        change()
