"""When an account ends is said where it is made and where it is changed, with the rest or alone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.errors import EmailTaken, InvalidInput, PermissionDenied
from accounts.models import AuditEvent, Notice, Session, Suspension, User
from accounts.principals import Origin, Principal, System
from accounts.services import expiry, suspension
from accounts.services.administration import changing, creation
from accounts.tests.support import factories, service_clients
from accounts.tests.support.staff import acting, make_staff, make_superuser

pytestmark = pytest.mark.django_db

OPERATOR: Final = System("test")
HOUR: Final = timedelta(hours=1)


def change(user: User, actor: Principal = OPERATOR, **changes: Any) -> User:
    return changing.change(user.pk, changes, actor=actor, origin=Origin())


def create(actor: Principal = OPERATOR, **given: Any) -> User:
    return creation.create({"email": "new@example.com"} | given, actor=actor, origin=Origin())


def later(by: timedelta = HOUR) -> datetime:
    return timezone.now() + by


def notices() -> list[str]:
    return list(Notice.objects.order_by("seq", "occurred_at").values_list("type", flat=True))


def told(user: User) -> list[tuple[str, Mapping[str, Any]]]:
    return list(AuditEvent.objects.filter(subject=user.pk).order_by("pk").values_list("type", "data"))


def test_an_end_alone_is_one_version_one_notice_and_one_event(user: User) -> None:
    end = later()
    changed = change(user, expires_at=end)
    assert (changed.expires_at, changed.version, changed.is_active) == (end, user.version + 1, True)
    assert notices() == ["user.updated"]
    assert told(user) == [("user.updated", {"fields": "expires_at", "expires_at": f"{end:%Y-%m-%dT%H:%M:%SZ}"})]
    assert change(changed, expires_at=end).version == changed.version
    assert change(changed, expires_at=None).expires_at is None


def test_an_end_with_other_fields_loses_none_of_them(user: User) -> None:
    Group.objects.create(name="writers")
    end = later()
    changed = change(user, expires_at=end, first_name="Ada", groups=["writers"])
    assert (changed.first_name, changed.group_names, changed.expires_at) == ("Ada", ["writers"], end)
    assert changed.version == user.version + 2
    assert notices() == ["user.updated"] * 2
    assert [data["fields"] for _, data in told(user)] == ["first_name groups", "expires_at"]


def test_an_end_that_is_over_suspends_at_once_and_a_later_one_lets_in_again(user: User) -> None:
    factories.sign_in(user)
    ended = change(user, expires_at=timezone.now(), first_name="Ada")
    assert (ended.is_active, ended.first_name) == (False, "Ada")
    assert not Session.objects.filter(user=user, revoked_at__isnull=True).exists()
    assert Suspension.objects.get().actor == "system:expiry"
    again = change(user, expires_at=None, last_name="Lovelace")
    assert (again.is_active, again.last_name) == (True, "Lovelace")


def test_another_end_lifts_no_decision_about_somebody(user: User) -> None:
    suspension.suspend(user.pk, reason="case 4711", actor=OPERATOR, origin=Origin())
    assert not change(user, expires_at=later()).is_active


def test_what_is_refused_sets_no_end(user: User) -> None:
    with pytest.raises(EmailTaken):
        change(user, expires_at=later(), email=factories.make_user().email)
    assert User.objects.get(pk=user.pk).expires_at is None


def test_who_sets_an_end_is_who_may_suspend(user: User) -> None:
    end, clerk = later(), make_staff("accounts.change_user")
    client = service_clients.principal(service_clients.make("users:admin"))
    for actor in (acting(clerk), client):
        end += HOUR
        assert change(user, actor, expires_at=end).expires_at == end
        with pytest.raises(PermissionDenied, match="superuser"):
            change(make_superuser(), actor, expires_at=end)
    with pytest.raises(PermissionDenied):
        change(user, acting(make_staff("accounts.view_user")), expires_at=end)


@pytest.mark.parametrize("known", [-HOUR, HOUR, None])
@pytest.mark.parametrize("is_suspended", [True, False])
def test_nobody_lets_staff_in_for_longer_who_may_do_more_than_they(known: timedelta | None, is_suspended: bool) -> None:
    """An end may be set, or brought forward, by whoever may suspend."""
    end = None if known is None else later(known)
    sooner = later() if end is None else end - timedelta(minutes=1)
    other = make_staff("accounts.delete_user", expires_at=end)
    if is_suspended:
        other = expiry.set_expiry(other.pk, end, actor=OPERATOR, origin=Origin())
    clerk, client = make_staff("accounts.change_user"), service_clients.make("users:admin")
    for actor in (acting(clerk), service_clients.principal(client)):
        for longer in (later(2 * HOUR), None) if end else ():
            with pytest.raises(PermissionDenied):
                change(other, actor, expires_at=longer)
        if other.is_active:
            change(other, actor, expires_at=sooner)
    both = acting(make_staff("accounts.change_user", "accounts.delete_user"))
    assert change(other, both, expires_at=None).is_active


@pytest.mark.parametrize("is_to_end", [True, False])
def test_nobody_says_when_their_own_account_ends(is_to_end: bool) -> None:
    end = later() if is_to_end else None
    for somebody in (make_staff("accounts.change_user"), make_superuser()):
        known = later(24 * HOUR)
        User.objects.filter(pk=somebody.pk).update(expires_at=known)
        with pytest.raises(PermissionDenied, match="own account ends"):
            change(somebody, acting(somebody), expires_at=end)
        assert change(somebody, acting(somebody), first_name="Ada", expires_at=known).first_name == "Ada"


def test_an_account_is_made_with_its_end(user: User) -> None:
    Group.objects.create(name="writers")
    end = later()
    made = create(acting(make_staff("accounts.add_user", "accounts.change_user")), expires_at=end, groups=["writers"])
    assert User.objects.get(pk=made.pk).expires_at == end
    assert made.version == 1
    data = {"fields": "email expires_at groups", "joined": ["writers"], "expires_at": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    assert told(made) == [("user.created", data)]
    assert notices() == []
    assert create(email="other@example.com", expires_at=None).expires_at is None


def test_no_account_is_made_that_is_over() -> None:
    with pytest.raises(InvalidInput) as refused:
        create(expires_at=timezone.now())
    assert [(error.field, error.code) for error in refused.value.errors] == [("expires_at", "not_to_come")]
    assert not User.objects.filter(email="new@example.com").exists()
