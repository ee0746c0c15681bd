"""A person gets everything that is held here about them, and nothing that opens something or is about somebody else."""

import json
from typing import Any, Final

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import EmailField, GenericIPAddressField, Model
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.errors import AccountSuspended, SessionRevoked
from accounts.models import (
    AttemptCounter,
    AuditBatch,
    AuditContext,
    AuditEvent,
    ClientSecret,
    Code,
    DeletionAcknowledgement,
    DeletionConsumer,
    Mail,
    MailKind,
    Rollup,
    ServiceClient,
    Session,
    SigningKey,
    User,
)
from accounts.principals import Origin, System, UserPrincipal
from accounts.rest.serializers.export import ExportResponse
from accounts.services import exporting, mailing, suspension
from accounts.services.exporting import ACCOUNT, IDS_ALONE, ROOMS, WITH_EVENTS
from accounts.tests.support import codes
from accounts.tests.support.factories import Bearer, MakeUser, SignIn
from accounts.tests.support.staff import make_superuser

pytestmark = pytest.mark.django_db(transaction=True)

ABOUT_NOBODY: Final[dict[type[Model], str]] = {
    AttemptCounter: "counts under a keyed hash, for minutes",
    AuditBatch: "what vouches for the audit: numbers and digests",
    ClientSecret: "a service's",
    ContentType: "Django's names of tables",
    DeletionAcknowledgement: "which services have heard of a deletion; its row is told",
    DeletionConsumer: "a service's",
    Group: "its name is told with the account",
    LogEntry: "Django's, and nobody writes it: what is done in the admin is in the audit",
    Permission: "its name is told with the account",
    Rollup: "sums",
    ServiceClient: "a service's",
    SigningKey: "the house's own",
    Group.permissions.through: "what a group may do",
    User.groups.through: "told with the account",
    User.user_permissions.through: "told with the account",
}
STAFFS: Final = Origin(address="203.0.113.99", user_agent="staff's browser", request_id="staffs-request")


def exported(client: APIClient) -> dict[str, Any]:
    answer = client.get("/auth/user/export")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = json.loads(b"".join(answer))
    return body


@pytest.fixture
def person(make_user: MakeUser) -> User:
    return make_user("ada@example.com", first_name="Ada", phone_number="+493012345678")


@pytest.fixture
def client(person: User, sign_in: SignIn, bearer: Bearer) -> APIClient:
    return bearer(sign_in(person).access)


def test_the_rooms_are_those_that_the_document_names(client: APIClient) -> None:
    assert [*exported(client)] == [ACCOUNT.name, *(room.name for room in ROOMS)] == [*ExportResponse().fields]


def test_every_table_is_a_room_or_is_about_nobody() -> None:
    """A table that somebody adds belongs into the export, or here with the reason why not."""
    told = {ACCOUNT.model, *(room.model for room in ROOMS), WITH_EVENTS, IDS_ALONE}
    assert not told & ABOUT_NOBODY.keys()
    assert {*apps.get_models(include_auto_created=True)} == told | ABOUT_NOBODY.keys()


def test_whatever_refers_to_a_user_is_a_room() -> None:
    """Also where nothing leads back (`related_name="+"`)."""
    relations = [field for field in User._meta.get_fields(include_hidden=True) if field.auto_created]
    related = {field.related_model for field in relations if field.is_relation}
    of_the_account = {User.groups.through, User.user_permissions.through}
    assert Mail in related
    assert related - of_the_account - {LogEntry} <= {room.model for room in ROOMS}
    assert {field.name for field in User._meta.many_to_many} == {"groups", "user_permissions"}


def test_whatever_has_a_persons_id_or_address_is_a_room() -> None:
    """Also without a foreign key."""
    names = {"user_id", "subject", "actor", "email", "address", "phone_number", "user_agent"}
    holders = {
        model
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.attname in names or isinstance(field, EmailField | GenericIPAddressField)
    }
    assert holders - {LogEntry} == {ACCOUNT.model, *(room.model for room in ROOMS), WITH_EVENTS, IDS_ALONE}


@pytest.mark.parametrize("room", [ACCOUNT, *ROOMS], ids=lambda room: room.name)
def test_each_column_is_told_or_left_out_on_purpose(room: exporting.Room) -> None:
    columns = {field.name for field in room.model._meta.concrete_fields}
    told = {name for name in room.told if not name.startswith("context__")}
    assert told | {*room.omitted} == columns
    assert not told & {*room.omitted}


def test_all_of_an_events_context_is_told_with_it() -> None:
    (events,) = [room for room in ROOMS if room.model is AuditEvent]
    context = {f"context__{field.name}" for field in AuditContext._meta.concrete_fields}
    assert {name for name in events.told if name.startswith("context__")} == context - {
        "context__event", "context__subject", "context__salt"
    }  # fmt: skip


def test_all_rooms_have_what_belongs_there(person: User, client: APIClient) -> None:
    person.groups.add(Group.objects.create(name="writers"))
    mailing.enqueue(MailKind.RESET_PASSWORD, address=person.email)  # at a stranger's wish
    assert codes.mailed(MailKind.RESET_PASSWORD)
    APIClient().post("/auth/login", {"email": person.email, "password": "wrong" * 4})
    Session.objects.filter(user=person).update(address="192.0.2.7")
    body = exported(client)
    assert (body["user"]["email"], body["user"]["phone_number"]) == ("ada@example.com", "+493012345678")
    assert (body["user"]["groups"], body["user"]["has_password"]) == (["writers"], True)
    (session,) = body["sessions"]
    assert (session["ip"], session["amr"]) == ("192.0.2.7", ["pwd"])
    assert [(mail["kind"], mail["address"]) for mail in body["mails"]] == [("reset_password", person.email)]
    assert [(code["purpose"], code["used_at"]) for code in body["codes"]] == [("reset_password", None)]
    assert len(body["known_networks"]) == 1
    assert [(e["type"], e["outcome"], e["by"], e["about"], e["ip"]) for e in body["audit_events"]] == [
        ("sign_in", "success", "self", "self", "127.0.0.1"),
        ("sign_in", "failure", "nobody", "self", "127.0.0.1"),
        ("user.exported", "success", "self", "self", "127.0.0.1"),
    ]


def test_no_secret_is_in_it(person: User, client: APIClient) -> None:
    mailing.enqueue(MailKind.RESET_PASSWORD, address=person.email)
    code = codes.mailed(MailKind.RESET_PASSWORD)
    mailing.enqueue(MailKind.VERIFY_EMAIL, address=person.email, user_id=person.pk)
    person.refresh_from_db()
    text = json.dumps(exported(client))
    session, mail = Session.objects.get(), Mail.objects.get(kind=MailKind.VERIFY_EMAIL)
    secrets = [person.password, bytes(session.secret).hex(), bytes(mail.seed).hex(), Code.objects.get().digest, code]
    assert [secret for secret in secrets if secret in text] == []
    assert "pwd" in text  # it is the right text


def test_what_staff_did_is_told_without_who_and_from_where(person: User, sign_in: SignIn, bearer: Bearer) -> None:
    staff = make_superuser()
    sign_in(staff)
    actor = UserPrincipal(staff.pk, Session.objects.get().pk)
    suspension.suspend(person.pk, reason="reported by Bob", actor=actor, origin=STAFFS)
    suspension.reinstate(person.pk, actor=System("reinstate_user"), origin=STAFFS)
    body = exported(bearer(sign_in(person).access))
    secret = [str(staff.pk), str(actor.session_id), STAFFS.address, STAFFS.user_agent, STAFFS.request_id, "Bob"]
    suspended = next(event for event in body["audit_events"] if event["type"] == "user.suspended")
    assert (suspended["by"], suspended["about"], suspended["ip"]) == ("somebody_else", "self", None)
    assert [word for word in secret if str(word) in json.dumps(body)] == []
    assert {event["by"] for event in body["audit_events"]} == {"somebody_else", "self", "system:reinstate_user"}
    assert len(body["suspensions"]) == 1


def test_whom_one_acted_upon_is_not_told(person: User, sign_in: SignIn, bearer: Bearer) -> None:
    staff = make_superuser()
    client = bearer(sign_in(staff).access)
    client.post(f"/users/{person.pk}/suspend", {"reason": "x"})
    body = exported(client)
    assert str(person.pk) not in json.dumps(body)
    assert ("user.suspended", "self", "somebody_else") in [
        (e["type"], e["by"], e["about"]) for e in body["audit_events"]
    ]


def test_nothing_about_somebody_else_is_told_with_what_one_did(person: User, sign_in: SignIn, bearer: Bearer) -> None:
    sign_in(person)
    theirs, staff = Session.objects.get().pk, make_superuser()
    AuditEvent.objects.create(
        type="sessions.revoked", outcome="success", actor=str(staff.pk), subject=person.pk, session=theirs,
        data={"reason": "owes money"},
    )  # fmt: skip
    body = exported(bearer(sign_in(staff).access))
    others = [event for event in body["audit_events"] if event["about"] == "somebody_else"]
    assert [(event["type"], event["session"], event["data"]) for event in others] == [("sessions.revoked", None, {})]
    assert [word for word in (str(theirs), "owes money") if word in json.dumps(body)] == []


def test_nothing_of_others_is_in_it(person: User, client: APIClient, make_user: MakeUser, sign_in: SignIn) -> None:
    other = make_user("bob@example.com")
    sign_in(other)
    mailing.enqueue(MailKind.VERIFY_EMAIL, address=other.email, user_id=other.pk)
    text = json.dumps(exported(client))
    assert [word for word in (str(other.pk), "bob@example.com") if word in text] == []


def test_much_comes_in_pages_and_whole(person: User, client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 10)
    AuditEvent.objects.bulk_create(AuditEvent(type="sign_in", outcome="failure", subject=person.pk) for _ in range(95))
    with CaptureQueriesContext(connection) as captured:
        events = exported(client)["audit_events"]
    ids = [event["id"] for event in events]
    assert len(ids) == len({*ids}) == 97
    assert ids == sorted(ids)
    told = [query["sql"] for query in captured.captured_queries if query["sql"].startswith("SELECT")]
    assert sum("accounts_auditevent" in sql for sql in told) == 10


def test_it_is_for_nobody_else_and_kept_nowhere(client: APIClient, person: User) -> None:
    assert APIClient().get("/auth/user/export").status_code == 401
    answer = client.get("/auth/user/export")
    assert (answer["Cache-Control"], answer["Content-Type"]) == ("no-store", "application/json")
    assert b"".join(answer)
    suspension.suspend(person.pk, reason="x", actor=System("test"), origin=Origin())
    assert client.get("/auth/user/export").status_code == 401


def test_a_persons_row_may_be_gone_while_it_is_written(person: User, sign_in: SignIn) -> None:
    sign_in(person)
    rooms = exporting.export(UserPrincipal(person.pk, Session.objects.get().pk), origin=Origin())
    User.objects.all().delete()
    assert [(name, [*rows]) for name, rows in rooms if name == "sessions"] == [("sessions", [])]


def test_whoever_goes_out_just_now_gets_nothing(person: User, sign_in: SignIn) -> None:
    """Between the look at the token and the first row."""
    sign_in(person)
    actor = UserPrincipal(person.pk, Session.objects.get().pk)
    User.objects.update(is_active=False)
    with pytest.raises(AccountSuspended):
        exporting.export(actor, origin=Origin())
    User.objects.update(is_active=True, deletion_requested_at=Now())
    with pytest.raises(SessionRevoked):
        exporting.export(actor, origin=Origin())


def test_the_log_of_notices_is_not_searched_for_a_person(person: User, sign_in: SignIn) -> None:
    """It has no index for that, and tens of millions of rows."""
    sign_in(person)
    actor = UserPrincipal(person.pk, Session.objects.get().pk)
    with CaptureQueriesContext(connection) as captured:
        assert [[*rows] for _, rows in exporting.export(actor, origin=Origin())]
    assert [query["sql"] for query in captured.captured_queries if "accounts_notice" in query["sql"]] == []
