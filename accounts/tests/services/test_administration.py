"""Accounts that others make and change: nobody raises their own rights, or gets hold of those of somebody else."""

from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.errors import EmailTaken, InvalidCode, InvalidInput, NotFound, PermissionDenied, TooManyAttempts
from accounts.models import AuditContext, AuditEvent, MailKind, Notice, Session, User
from accounts.principals import ClientPrincipal, Origin, Principal, System
from accounts.services import password_reset
from accounts.services.administration import changing, creation, password_mail, sessions
from accounts.services.deleting import deletion
from accounts.tests.support import codes, factories, mailed_flows, service_clients
from accounts.tests.support.staff import acting, make_staff, make_superuser

pytestmark = pytest.mark.django_db

OPERATOR: Final = System("test")
ORIGIN: Final = Origin(address="192.0.2.1")
NEW: Final = "new@example.com"
PASSWORD: Final = "seven kites over helsinki"
EVERYDAY: Final = ("accounts.add_user", "accounts.change_user", "accounts.view_user")


def create(actor: Principal = OPERATOR, **given: Any) -> User:
    return creation.create({"email": NEW} | given, actor=actor, origin=ORIGIN)


def change(user: User, actor: Principal = OPERATOR, **changes: Any) -> User:
    return changing.change(user.pk, changes, actor=actor, origin=ORIGIN)


def clerk(*permissions: str) -> Principal:
    return acting(make_staff(*(permissions or EVERYDAY)))


def client(*scopes: str) -> ClientPrincipal:
    made = service_clients.make(*scopes).client
    return ClientPrincipal(made.pk, made.epoch, frozenset(scopes))


def group_with(*permissions: str, name: str = "powerful") -> Group:
    group = Group.objects.create(name=name)
    group.permissions.set(Permission.objects.filter(codename__in=[each.rpartition(".")[2] for each in permissions]))
    return group


def told(user: User) -> list[tuple[str, dict[str, Any]]]:
    return list(AuditEvent.objects.filter(subject=user.pk).order_by("pk").values_list("type", "data"))


# Making


def test_whoever_is_made_has_no_password_and_sets_one_by_a_mail() -> None:
    user = create(first_name="Ada", groups=[])
    assert not user.has_usable_password()
    assert codes.waiting() == [("invitation", NEW)]
    code = codes.mailed(MailKind.INVITATION)
    password_reset.confirm(token=code, new_password=PASSWORD, origin=ORIGIN)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert user.email_verified
    with pytest.raises(InvalidCode):
        password_reset.confirm(token=code, new_password=PASSWORD, origin=ORIGIN)


def test_an_invitation_that_was_not_sent_yet_is_void_once_there_is_a_password() -> None:
    user = create()
    user.set_password(factories.PASSWORD)
    user.save()
    with pytest.raises(AssertionError, match="nothing to be mailed"):
        codes.mailed(MailKind.INVITATION)


def test_a_creation_is_told_and_nobody_else_need_hear_of_it() -> None:
    Group.objects.create(name="writers")
    user = create(first_name="Ada", is_staff=True, groups=["writers"], phone_number="")
    assert told(user) == [("user.created", {"fields": "email first_name groups is_staff", "joined": ["writers"]})]
    assert not Notice.objects.exists()
    assert user.group_names == ["writers"]


def test_an_address_makes_one_account_alone(user: User) -> None:
    with pytest.raises(EmailTaken):
        create(email=f" {user.email.upper()}")
    assert User.objects.count() == 1
    assert codes.waiting() == []


def test_whoever_makes_accounts_needs_the_permission() -> None:
    create(clerk("accounts.add_user"))
    for actor in (clerk("accounts.change_user", "accounts.view_user"), client("users:read")):
        with pytest.raises(PermissionDenied):
            create(actor, email="other@example.com")
    create(client("users:admin"), email="third@example.com")


@pytest.mark.parametrize("given", [{"is_staff": True}, {"is_superuser": True}, {"groups": ["powerful"]}])
def test_a_client_makes_nobody_more_than_it_is(given: dict[str, Any]) -> None:
    group_with("accounts.view_user")
    with pytest.raises(PermissionDenied):
        create(client("users:admin"), **given)
    assert not User.objects.filter(email=NEW).exists()
    assert not codes.waiting()


def test_staff_make_staff_of_what_they_have_themselves_and_no_superusers() -> None:
    group_with("accounts.delete_user")
    group_with("accounts.view_user", name="readers")
    with pytest.raises(PermissionDenied, match="superuser"):
        create(clerk(), is_superuser=True)
    with pytest.raises(PermissionDenied, match=r"accounts\.delete_user"):
        create(clerk(), is_staff=True, groups=["powerful"])
    assert create(clerk(), is_staff=True, groups=["readers"]).is_staff
    assert create(acting(make_superuser()), email="root@example.com", is_superuser=True).is_superuser


# Changing


def test_a_change_is_one_version_one_notice_and_one_event(user: User) -> None:
    Group.objects.create(name="writers")
    changed = change(user, first_name="Ada", last_name=user.last_name, is_staff=True, groups=["writers"])
    assert (changed.first_name, changed.is_staff, changed.group_names) == ("Ada", True, ["writers"])
    assert changed.version == user.version + 1
    assert [(n.type, n.data) for n in Notice.objects.all()] == [("user.updated", {"version": changed.version})]
    data = {"fields": "first_name groups is_staff", "is_staff": True, "joined": ["writers"], "left": []}
    assert told(user) == [("user.updated", data)]


def test_what_is_so_already_is_no_change(user: User) -> None:
    same = change(user, clerk(), first_name="", email=user.email, is_staff=False, is_superuser=False, groups=[])
    assert same.version == user.version
    assert told(user) == []
    assert not Notice.objects.exists()


def test_another_address_is_unverified_and_the_old_one_is_told(user: User, settings: Settings) -> None:
    settings.AUTH_EMAIL_VERIFICATION = "optional"
    User.objects.update(email_verified=True)
    changed = change(user, email=NEW)
    assert (changed.email, changed.email_verified) == (NEW, False)
    assert codes.waiting() == [("email_changed", user.email), ("verify_email", NEW)]
    assert told(user) == [("email.changed", {"email_verified": False})]
    assert changed.version == user.version + 1


@pytest.mark.parametrize("vouched", [{}, {"email_verified": True}])
def test_which_address_was_given_is_told_where_it_can_be_erased(user: User, vouched: dict[str, bool]) -> None:
    change(user, clerk(), email=NEW, **vouched)
    event = AuditEvent.objects.select_related("context").get(type="email.changed")
    assert (event.context.email, event.context.subject, event.data) == (NEW, user.pk, {"email_verified": bool(vouched)})
    deletion.request(user.pk, actor=OPERATOR, origin=ORIGIN)
    assert not AuditContext.objects.filter(email=NEW).exists()


def test_whoever_changes_an_address_may_vouch_for_it(user: User, settings: Settings) -> None:
    settings.AUTH_EMAIL_VERIFICATION = "required"
    assert change(user, email=NEW, email_verified=True).email_verified
    assert codes.waiting() == [("email_changed", user.email)]
    changed = change(user, first_name="Ada", email="third@example.com", email_verified=False)
    assert not changed.email_verified
    assert told(user)[1:] == [("email.changed", {"email_verified": False}), ("user.updated", {"fields": "first_name"})]


def test_an_address_that_is_taken_changes_nothing(user: User) -> None:
    other = factories.make_user()
    with pytest.raises(EmailTaken):
        change(user, email=other.email, first_name="Ada")
    user.refresh_from_db()
    assert user.first_name == ""


def test_codes_for_the_old_address_are_void_after_the_change(user: User) -> None:
    code = mailed_flows.RESET.code_for(user)
    change(user, email=NEW)
    with pytest.raises(InvalidCode):
        mailed_flows.reset(code)


@pytest.mark.parametrize("changes", [{"email": NEW}, {"email_verified": True}, {"is_staff": False}, {"groups": ["g"]}])
def test_nobody_changes_their_own_address_rank_or_groups(changes: dict[str, Any]) -> None:
    Group.objects.create(name="g")
    user = make_staff(*EVERYDAY)
    with pytest.raises(PermissionDenied):
        change(user, acting(user), **changes)
    assert change(user, acting(user), first_name="Ada").first_name == "Ada"


@pytest.mark.parametrize("changes", [{"email": NEW}, {"is_staff": False}, {"is_superuser": False}])
def test_no_superuser_gives_themselves_away(changes: dict[str, Any]) -> None:
    root = make_superuser()
    with pytest.raises(PermissionDenied):
        change(root, acting(root), **changes)
    assert change(root, acting(make_superuser()), **changes).version == root.version + 1


@pytest.mark.parametrize("changes", [{"first_name": "Ada"}, {"email": NEW}, {"is_superuser": False}])
def test_only_a_superuser_changes_a_superuser(changes: dict[str, Any]) -> None:
    root = make_superuser()
    for actor in (clerk(), client("users:admin")):
        with pytest.raises(PermissionDenied):
            change(root, actor, **changes)


@pytest.mark.parametrize("changes", [{"email": NEW}, {"is_staff": False}])
@pytest.mark.parametrize("is_active", [True, False])
def test_nobody_gets_hold_of_staff_who_may_do_more_than_they(changes: dict[str, Any], is_active: bool) -> None:
    """Whoever reads the mails of an address sets its password. Suspended before, they have their permissions still."""
    other = make_staff("accounts.delete_user", is_active=is_active)
    for actor in (clerk(), client("users:admin")):
        with pytest.raises(PermissionDenied):
            change(other, actor, **changes)
    assert change(other, clerk(*EVERYDAY, "accounts.delete_user"), **changes).version == other.version + 1


def test_permissions_that_slumber_in_a_group_are_given_with_the_rank(user: User) -> None:
    user.groups.add(group_with("accounts.delete_user"))
    with pytest.raises(PermissionDenied, match=r"accounts\.delete_user"):
        change(user, clerk(), is_staff=True)
    assert change(user, clerk(*EVERYDAY, "accounts.delete_user"), is_staff=True).is_staff


def test_nobody_gives_or_takes_groups_that_permit_more_than_they_may(user: User) -> None:
    group_with("accounts.delete_user")
    with pytest.raises(PermissionDenied):
        change(user, clerk(), groups=["powerful"])
    user.groups.set(Group.objects.all())
    with pytest.raises(PermissionDenied):
        change(user, clerk(), groups=[])
    with pytest.raises(InvalidInput):
        change(user, groups=["nobody"])


def test_a_client_gives_no_rank(user: User) -> None:
    for changes in ({"is_staff": True}, {"is_superuser": True}):
        with pytest.raises(PermissionDenied):
            change(user, client("users:admin"), **changes)
    assert change(user, client("users:admin"), email=NEW, first_name="Ada").email == NEW


def test_whoever_is_not_there_or_is_leaving_is_not_found(user: User) -> None:
    deletion.request(user.pk, actor=OPERATOR, origin=ORIGIN)
    for user_id in (user.pk, uuid4()):
        with pytest.raises(NotFound):
            changing.change(user_id, {"first_name": "Ada"}, actor=clerk(), origin=ORIGIN)
        with pytest.raises(PermissionDenied):
            changing.change(user_id, {"first_name": "Ada"}, actor=clerk("accounts.view_user"), origin=ORIGIN)


# Sessions


def test_sessions_end_at_once_and_it_is_told_who_did_it(user: User) -> None:
    for _ in range(2):
        factories.sign_in(user)
    actor = clerk("accounts.delete_session")
    assert sessions.end_all(user.pk, actor=actor, origin=ORIGIN) == 2
    assert sessions.end_all(user.pk, actor=actor, origin=ORIGIN) == 0
    reasons = Session.objects.filter(user=user).values_list("revocation_reason", flat=True)
    assert set(reasons) == {"by_administrator"}
    assert Notice.objects.filter(type="sessions.revoked", subject=str(user.pk)).count() == 1
    (ended,) = [data for kind, data in told(user) if kind == "sessions.revoked"]
    assert ended == {"reason": "by_administrator", "count": 2}


def test_seeing_and_ending_sessions_are_permissions_of_their_own(user: User) -> None:
    with pytest.raises(PermissionDenied):
        sessions.open_of(user.pk, actor=clerk(*EVERYDAY, "accounts.delete_session"))
    with pytest.raises(PermissionDenied):
        sessions.end_all(user.pk, actor=clerk(*EVERYDAY, "accounts.view_session"), origin=ORIGIN)
    with pytest.raises(PermissionDenied):
        sessions.end_all(make_superuser().pk, actor=clerk("accounts.delete_session"), origin=ORIGIN)
    with pytest.raises(NotFound):
        sessions.open_of(uuid4(), actor=OPERATOR)


def test_the_newest_sessions_of_many_are_told_of_each(user: User) -> None:
    other, nobody = factories.make_user(), factories.make_user()
    for _ in range(sessions.NEWEST + 2):
        factories.sign_in(user)
    factories.sign_in(other)
    found = sessions.newest_of([user.pk, other.pk, nobody.pk], actor=OPERATOR)
    newest = list(Session.objects.filter(user=user).order_by("-created_at", "-pk")[: sessions.NEWEST])
    assert found == {user.pk: newest, other.pk: list(other.sessions.all()), nobody.pk: []}


def test_ones_own_sessions_are_seen_without_a_permission_and_no_others_beside_them(user: User) -> None:
    actor = acting(user)
    assert len(sessions.newest_of([user.pk], actor=actor)[user.pk]) == 1
    for ids in ([factories.make_user().pk], [user.pk, factories.make_user().pk]):
        with pytest.raises(PermissionDenied):
            sessions.newest_of(ids, actor=actor)


# Mails


def test_whoever_has_a_password_gets_a_reset_and_whoever_has_none_an_invitation(user: User) -> None:
    imported = factories.make_user(password=None)
    for each in (user, imported):
        password_mail.send(each.pk, actor=clerk("accounts.change_user"), origin=ORIGIN)
    assert codes.waiting() == sorted([("reset_password", user.email), ("invitation", imported.email)])
    assert told(user)[-1] == ("mail.requested", {"kind": "reset_password"})


def test_nothing_goes_to_whoever_is_suspended(user: User) -> None:
    imported = factories.make_user(password=None)
    User.objects.update(is_active=False)
    for each, kind in ((user, MailKind.RESET_PASSWORD), (imported, MailKind.INVITATION)):
        password_mail.send(each.pk, actor=OPERATOR, origin=ORIGIN)
        with pytest.raises(AssertionError, match="nothing to be mailed"):
            codes.mailed(kind)


def test_mails_to_one_address_are_limited_and_those_of_one_office_are_not(user: User, settings: Settings) -> None:
    settings.AUTH_MAIL_LIMITS = "account=2/1h,address=1/1h"
    for each in (user, user, factories.make_user(), factories.make_user()):
        password_mail.send(each.pk, actor=OPERATOR, origin=ORIGIN)
    with capture_logs() as lines, pytest.raises(TooManyAttempts):
        password_mail.send(user.pk, actor=OPERATOR, origin=ORIGIN)
    whom = {"actor": "system:test", "subject": str(user.pk)}
    line = whom | {"event": "mail.requested", "outcome": "failure", "reason": "too_many_attempts"}
    assert [each for each in lines if each.items() >= line.items()]


def test_whoever_has_mails_sent_needs_the_permission(user: User) -> None:
    for target in (user.pk, uuid4()):
        with pytest.raises(PermissionDenied):
            password_mail.send(target, actor=clerk("accounts.view_user"), origin=ORIGIN)
    with pytest.raises(NotFound):
        password_mail.send(UUID(int=1), actor=clerk("accounts.change_user"), origin=ORIGIN)
    assert codes.waiting() == []
