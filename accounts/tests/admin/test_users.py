"""Rules of the pages about people: what is asked of them goes to the services, and what those refuse stands there."""

import html
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.errors import SessionRevoked
from accounts.models import (
    PROFILE_FIELDS,
    AuditEvent,
    Deletion,
    Mail,
    MailKind,
    Notice,
    NoticeType,
    Session,
    Suspension,
    User,
)
from accounts.services import suspension
from accounts.tests.admin.conftest import enter
from accounts.tests.support.factories import PASSWORD, MakeUser, SignIn
from accounts.tests.support.staff import make_staff

pytestmark = pytest.mark.django_db

LIST: Final = "/admin/accounts/user/"


def page_of(user: User, name: str = "change") -> str:
    return f"{LIST}{user.pk}/{name}/"


def text_of(client: Client, path: str, expected_status: int = 200, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == expected_status, answer.content.decode()
    return html.unescape(answer.content.decode())


def filled(client: Client, path: str) -> dict[str, Any]:
    """The form as a browser would send it."""
    form = client.get(path).context["form"]
    sent: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        for name in (bound.html_name, bound.html_initial_name):
            if value not in (None, False):
                sent[name] = value
    return sent


def test_people_are_found_by_the_beginning_of_their_address(admin: Client, make_user: MakeUser) -> None:
    ada, ben = make_user("ada@example.com"), make_user("ben@example.com")
    found = text_of(admin, LIST, search="ada@")
    assert ada.email in found
    assert ben.email not in found
    assert ben.email in text_of(admin, LIST, search=str(ben.pk)[:8])


def test_people_are_sifted(admin: Client, make_user: MakeUser) -> None:
    out, clerk = make_user(is_active=False), make_user(is_staff=True)
    member = make_user()
    member.groups.add(Group.objects.create(name="writers"))
    for name, value, expected in (
        ("is_active", "false", {out}),
        ("group", "writers", {member}),
        ("is_staff", "true", {clerk}),
    ):
        found = html.unescape(admin.get(LIST, {name: value}).content.decode())
        assert {each for each in (out, clerk, member) if each.email in found} == expected


@pytest.mark.parametrize(
    "query",
    [
        {"group": "of nobody"},
        {"search": "a", "order": "-date_joined"},
        {"order": "last_login"},
        {"cursor": "x"},
        {"is_active": "perhaps"},
        {"search": "a" * 400},
        {"search": "\x00"},
    ],
)
def test_what_does_not_fit_is_said_above_the_list(admin: Client, query: dict[str, str]) -> None:
    assert "text-red" in text_of(admin, LIST, 400, **query)


def test_a_page_leads_to_the_next_and_back(admin: Client, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.admin.users.listing.ROWS", 2)
    people = [make_user() for _ in range(3)]
    first = admin.get(LIST, {"order": "email"})
    second = admin.get(LIST + first.context["next_url"])
    back = admin.get(LIST + second.context["previous_url"])
    assert [row[0] for row in back.context["table"]["rows"]] == [row[0] for row in first.context["table"]["rows"]]
    seen = first.content.decode() + second.content.decode()
    assert all(person.email in seen for person in people)
    assert "order=email" in first.context["next_url"]


def test_a_list_counts_nobody(admin: Client, user: User) -> None:
    for query in ({}, {"search": "person"}, {"is_active": "false"}, {"is_staff": "true"}):
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(LIST, query).status_code == 200
        assert not [each["sql"] for each in captured.captured_queries if "COUNT(" in each["sql"].upper()]


def test_an_invitation_makes_an_account_without_a_password(admin: Client) -> None:
    Group.objects.create(name="writers")
    form = {"email": "New@Example.com", "first_name": "New", "groups": ["writers"], "expires_at": "2100-01-31T08:00"}
    answer = admin.post(f"{LIST}add/", form)
    new = User.objects.get(email="new@example.com")
    assert answer["Location"] == page_of(new)
    assert (new.first_name, new.is_staff, new.has_usable_password()) == ("New", False, False)
    assert [group.name for group in new.groups.all()] == ["writers"]
    assert new.expires_at is not None
    assert new.expires_at.isoformat() == "2100-01-31T08:00:00+00:00"
    assert Mail.objects.filter(kind=MailKind.INVITATION).exists()
    assert AuditEvent.objects.get(type="user.created").actor == str(User.objects.get(email="root@example.com").pk)


def test_a_taken_address_is_said_and_nothing_typed_is_lost(admin: Client, make_user: MakeUser) -> None:
    make_user("ada@example.com")
    answer = admin.post(f"{LIST}add/", {"email": "ada@example.com", "first_name": "Augusta"})
    assert answer.status_code == 409
    assert "still being deleted" in answer.content.decode()
    assert 'value="Augusta"' in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("first_name", "x" * 151),
        ("first_name", "a\x07b"),
        ("phone_number", "12"),
        ("expires_at", "soon"),
        ("expires_at", "2000-01-01T00:00"),
        ("groups", ["of nobody"]),
    ],
)
def test_what_does_not_fit_stands_at_its_field(admin: Client, field: str, value: Any) -> None:
    answer = admin.post(f"{LIST}add/", {"email": "new@example.com"} | {field: value})
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {field}
    assert not User.objects.filter(email="new@example.com").exists()


def test_a_change_is_made_by_the_service(admin: Client, user: User, root: User) -> None:
    sent = filled(admin, page_of(user)) | {"first_name": "Augusta", "is_staff": "on"}
    assert admin.post(page_of(user), sent)["Location"] == page_of(user)
    changed = User.objects.get(pk=user.pk)
    assert (changed.first_name, changed.is_staff, changed.version) == ("Augusta", True, user.version + 1)
    assert Notice.objects.filter(type=NoticeType.USER_UPDATED, subject=str(user.pk)).count() == 1
    event = AuditEvent.objects.get(type="user.updated", subject=user.pk)
    assert (event.actor, event.data["fields"]) == (str(root.pk), "first_name is_staff")
    assert "Saved." in text_of(admin, page_of(user))


def test_what_changed_elsewhere_meanwhile_stays(admin: Client, user: User) -> None:
    sent = filled(admin, page_of(user)) | {"first_name": "Augusta"}
    User.objects.filter(pk=user.pk).record_change(last_name="Lovelace", is_staff=True)
    assert admin.post(page_of(user), sent).status_code == 302
    changed = User.objects.get(pk=user.pk)
    assert (changed.first_name, changed.last_name, changed.is_staff) == ("Augusta", "Lovelace", True)


def test_a_form_that_changes_nothing_changes_nothing(admin: Client, make_user: MakeUser) -> None:
    user = make_user(expires_at=timezone.now().replace(year=2100), phone_number="+4930123456", is_staff=True)
    user.groups.add(Group.objects.create(name="writers"))
    version = User.objects.get(pk=user.pk).version
    assert admin.post(page_of(user), filled(admin, page_of(user))).status_code == 302
    assert User.objects.get(pk=user.pk).version == version


def test_every_profile_field_is_asked_by_itself(admin: Client, user: User) -> None:
    fields = admin.get(page_of(user)).context["form"].fields
    assert set(PROFILE_FIELDS) <= fields.keys()


def test_nobody_changes_their_own_rank(admin: Client, root: User) -> None:
    sent = filled(admin, page_of(root))
    del sent["is_superuser"]
    answer = admin.post(page_of(root), sent)
    assert answer.status_code == 403
    assert "Nobody changes their own rank" in answer.content.decode()
    assert User.objects.get(pk=root.pk).is_superuser


def test_a_suspension_has_its_reason_and_ends_every_session(
    admin: Client, user: User, root: User, sign_in: SignIn
) -> None:
    sign_in(user)
    answer = admin.post(page_of(user, "suspend"), {"reason": "case 4711", "until": "2100-01-31T08:00"})
    assert answer["Location"] == page_of(user)
    found = Suspension.objects.get(user=user)
    assert (found.reason, found.actor, found.until) == ("case 4711", str(root.pk), datetime(2100, 1, 31, 8, tzinfo=UTC))
    assert not User.objects.get(pk=user.pk).is_active
    assert not Session.objects.open().filter(user=user).exists()
    assert "case 4711" in text_of(admin, page_of(user))


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("reason", {}),
        ("reason", {"reason": "x" * 501}),
        ("until", {"reason": "case 4711", "until": "2000-01-01T00:00"}),
    ],
)
def test_a_suspension_that_does_not_fit_is_asked_again(
    admin: Client, user: User, field: str, given: dict[str, str]
) -> None:
    answer = admin.post(page_of(user, "suspend"), given)
    assert answer.status_code == 400
    assert answer.context["form"].errors.keys() == {field}
    assert not Suspension.objects.exists()


def test_nobody_suspends_themselves(admin: Client, root: User) -> None:
    for answer in (admin.get(page_of(root, "suspend")), admin.post(page_of(root, "suspend"), {"reason": "x"})):
        assert answer.status_code == 403
        assert "Nobody suspends themselves" in answer.content.decode()


def test_whoever_is_let_in_again_may_sign_in(admin: Client, user: User, sign_in: SignIn) -> None:
    admin.post(page_of(user, "suspend"), {"reason": "case 4711"})
    assert admin.post(page_of(user, "reinstate")).status_code == 302
    assert sign_in(user)
    assert Suspension.objects.get(user=user).lifted_at


def test_a_mail_leads_to_a_password(admin: Client, user: User) -> None:
    assert admin.post(page_of(user, "mail_password")).status_code == 302
    assert Mail.objects.filter(kind=MailKind.RESET_PASSWORD, user_id=user.pk).exists()


def test_too_many_mails_say_when_to_come_again(admin: Client, user: User) -> None:
    answers = [admin.post(page_of(user, "mail_password")) for _ in range(10)]
    assert answers[-1].status_code == 429
    assert int(answers[-1]["Retry-After"]) > 0


def test_sessions_are_ended(admin: Client, user: User, sign_in: SignIn) -> None:
    sign_in(user)
    assert admin.post(page_of(user, "end_sessions")).status_code == 302
    assert not Session.objects.open().filter(user=user).exists()


def test_whoever_ends_their_own_sessions_is_out(admin: Client, root: User) -> None:
    answer = admin.post(page_of(root, "end_sessions"))
    assert admin.get(answer["Location"])["Location"].startswith("/admin/login/")


def test_a_deletion_begins(admin: Client, user: User) -> None:
    assert admin.post(page_of(user, "delete"))["Location"] == LIST
    assert Deletion.objects.filter(user_id=user.pk).exists()
    assert admin.get(page_of(user)).status_code == 404


def test_nothing_is_done_by_a_link(admin: Client, user: User) -> None:
    for name in ("suspend", "reinstate", "mail_password", "end_sessions", "delete"):
        assert user.email in text_of(admin, page_of(user, name))
    assert User.objects.get(pk=user.pk).is_active
    assert not Mail.objects.exists()


@pytest.mark.parametrize("unknown", [str(uuid4()), "nobody", "1", "%00"])
def test_nobody_is_found_who_is_not_there(admin: Client, unknown: str) -> None:
    for name in ("change", "suspend", "delete"):
        assert admin.get(f"{LIST}{unknown}/{name}/").status_code == 404


def test_a_page_shows_the_newest_of_each(admin: Client, user: User, sign_in: SignIn) -> None:
    for _ in range(22):
        sign_in(user)
    page = admin.get(page_of(user))
    assert [len(each["table"]["rows"]) for each in page.context["tables"]] == [20, 0, 20]


def test_what_one_may_not_see_is_not_there(user: User, sign_in: SignIn) -> None:
    sign_in(user)
    clerk = enter(make_staff("accounts.view_user"))
    page = clerk.get(page_of(user))
    assert [each["title"] for each in page.context["tables"]] == ["Suspensions"]
    assert page.context["form"] is None
    assert page.context["acts"] == []
    assert clerk.post(page_of(user), {"email": user.email}).status_code == 403


def test_rooms_that_one_may_not_enter_are_not_offered() -> None:
    page = text_of(enter(make_staff("accounts.view_user")), LIST)
    assert LIST in page
    assert "/admin/accounts/serviceclient/" not in page
    assert f"{LIST}add/" not in page


def test_whoever_may_not_look_for_people_is_told_what_they_need() -> None:
    clerk = enter(make_staff("accounts.view_session"))
    answer = clerk.get(LIST)
    assert answer.status_code == 403
    assert "accounts.view_user" in answer.content.decode()


def test_no_page_names_a_password(admin: Client, user: User) -> None:
    shown = text_of(admin, page_of(user))
    assert user.password not in shown
    assert PASSWORD not in shown


def test_nothing_is_written_by_django_itself(admin: Client, user: User) -> None:
    admin.post(page_of(user), filled(admin, page_of(user)) | {"first_name": "Augusta"})
    admin.post(page_of(user, "delete"))
    assert not LogEntry.objects.exists()


def test_what_is_said_afterwards_is_nothing_personal(admin: Client, user: User) -> None:
    for name, given in (("suspend", {"reason": "case 4711"}), ("reinstate", {}), ("mail_password", {})):
        note = admin.post(page_of(user, name), given).cookies["admin-notes"]
        assert note["path"] == "/admin/"
        assert note["httponly"]
        assert user.email not in note.value
        assert "4711" not in note.value
        admin.get(LIST)


def test_whose_session_ends_while_they_ask_is_sent_to_the_login(
    admin: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise SessionRevoked

    monkeypatch.setattr(suspension, "suspend", refuse)
    answer = admin.post(page_of(user, "suspend"), {"reason": "case 4711"})
    assert answer["Location"].startswith("/admin/login/")
    assert answer.cookies["admin"]["max-age"] == 0


def test_an_outage_while_something_is_done_loses_nothing_typed(
    admin: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(suspension, "suspend", fail)
    answer = admin.post(page_of(user, "suspend"), {"reason": "case 4711"})
    assert answer.status_code == 503
    assert answer["Retry-After"] == "1"
    assert "case 4711" in answer.content.decode()
