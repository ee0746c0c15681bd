"""Keys, deletions, consumers, mails and the audit in the admin: shown to whoever may see them, done by the services."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from html import unescape
from typing import Final
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import audit
from accounts.admin import keyset
from accounts.errors import PermissionDenied
from accounts.models import (
    AuditEvent,
    Deletion,
    DeletionConsumer,
    EventType,
    KeyPurpose,
    MailKind,
    Outcome,
    SigningKey,
    User,
)
from accounts.principals import Origin, System
from accounts.services import mailing, waiting_mails
from accounts.services.deleting import deletion, erasure
from accounts.services.signing_keys import key_listing, key_rotation, keys
from accounts.tests.admin.conftest import enter
from accounts.tests.support import audit_trail, consumers
from accounts.tests.support.factories import MakeUser
from accounts.tests.support.staff import acting, make_staff

pytestmark = pytest.mark.django_db

OPERATOR: Final = System("test")
KEYS: Final = "/admin/accounts/signingkey/"
DELETIONS: Final = "/admin/accounts/deletion/"
CONSUMERS: Final = "/admin/accounts/deletionconsumer/"
MAILS: Final = "/admin/accounts/mail/"
AUDIT: Final = "/admin/accounts/auditevent/"
BATCHES: Final = "/admin/accounts/auditbatch/"
ROOMS: Final = {
    KEYS: "accounts.view_signingkey",
    DELETIONS: "accounts.view_user",
    CONSUMERS: "accounts.view_user",
    MAILS: "accounts.view_mail",
    AUDIT: "accounts.view_auditevent",
    BATCHES: "accounts.view_auditevent",
}


def text_at(client: Client, path: str, *, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()
    return text_of(answer.content.decode())


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(page)))


def next_of(client: Client, path: str) -> str | None:
    found = re.search(r'href="(\?[^"]+)"[^>]*>\s*Next', client.get(path).content.decode())
    return unescape(found[1]) if found else None


def signing(purpose: KeyPurpose) -> SigningKey:
    return SigningKey.objects.get(
        purpose=purpose, signing_from__isnull=False, signing_until__isnull=True, withdrawn_at=None
    )


@pytest.mark.parametrize("path", ROOMS)
def test_an_empty_room_says_so(admin: Client, path: str) -> None:
    AuditEvent.objects.all().delete()
    SigningKey.objects.all().delete()
    assert 'class="empty"' in admin.get(path).content.decode()


@pytest.mark.parametrize("path", ROOMS)
def test_a_room_is_for_whoever_may_see_what_is_in_it(path: str) -> None:
    permissions = {"accounts.view_rollup", *ROOMS.values()}
    assert enter(make_staff(ROOMS[path])).get(path).status_code == 200
    assert enter(make_staff(*permissions - {ROOMS[path]})).get(path).status_code == 403
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize("path", ROOMS)
@pytest.mark.parametrize("page", ["add/", "1/history/", f"{uuid4()}/delete/"])
def test_nothing_is_made_or_deleted_behind_the_services_backs(admin: Client, path: str, page: str) -> None:
    for answer in (admin.get(path + page), admin.post(path + page, {"post": "yes"})):
        assert answer.status_code == 404


def test_keys_are_shown_with_their_stages(admin: Client) -> None:
    keys.get_ready()
    text = text_at(admin, KEYS)
    assert text.count("Withdraw") >= 4
    for key in SigningKey.objects.all():
        assert key.kid[:8] in text
        assert key.private_jwk_encrypted not in text
    assert "Next for access tokens" in text


def test_the_next_key_signs_sooner_by_whoever_may(user: User) -> None:
    keys.get_ready()
    before = signing(KeyPurpose.ACCESS).kid
    clerk = enter(make_staff("accounts.view_signingkey", "accounts.change_signingkey"))
    path = f"{KEYS}rotate/access/"
    assert "no token is refused" in text_at(clerk, path)
    early = clerk.post(path, {})
    assert early.status_code == 400
    assert "may be unknown to verifiers until" in text_of(early.content.decode())
    assert signing(KeyPurpose.ACCESS).kid == before
    assert clerk.post(path, {"at_once": "on"}).status_code == 302
    assert signing(KeyPurpose.ACCESS).kid != before
    event = AuditEvent.objects.filter(type=EventType.KEYS_ROTATED).latest("pk")
    assert User.objects.get(pk=event.actor).is_staff
    assert event.context.address == "127.0.0.1"


def test_a_key_is_withdrawn_once_its_name_is_typed() -> None:
    keys.get_ready()
    key = signing(KeyPurpose.ACCESS)
    officer = enter(make_staff("accounts.view_signingkey", "accounts.delete_signingkey"))
    path = f"{KEYS}{key.kid}/delete/"
    assert officer.post(path, {"confirmation": "something"}).status_code == 400
    assert SigningKey.objects.get(pk=key.kid).withdrawn_at is None
    assert officer.post(path, {"confirmation": key.kid[:8]}).status_code == 302
    assert SigningKey.objects.get(pk=key.kid).withdrawn_at is not None
    assert signing(KeyPurpose.ACCESS).kid != key.kid
    assert text_at(officer, path, status=404)


@pytest.mark.parametrize("permission", ["accounts.view_signingkey", "accounts.delete_signingkey"])
def test_rotating_takes_a_permission_of_its_own(permission: str) -> None:
    keys.get_ready()
    clerk = enter(make_staff(permission))
    for answer in (clerk.get(f"{KEYS}rotate/access/"), clerk.post(f"{KEYS}rotate/access/", {"at_once": "on"})):
        assert answer.status_code == 403


def test_withdrawing_takes_a_permission_of_its_own() -> None:
    keys.get_ready()
    kid = signing(KeyPurpose.ACCESS).kid
    clerk = enter(make_staff("accounts.view_signingkey", "accounts.change_signingkey"))
    path = f"{KEYS}{kid}/delete/"
    for answer in (clerk.get(path), clerk.post(path, {"confirmation": kid[:8]})):
        assert answer.status_code == 403
    assert "Withdraw" not in text_at(clerk, KEYS)


def test_a_key_that_is_none_is_not_found(admin: Client) -> None:
    keys.get_ready()
    assert admin.get(f"{KEYS}rotate/nonsense/").status_code == 404
    assert admin.get(f"{KEYS}nonsense/delete/").status_code == 404


def test_deletions_are_shown_by_how_far_they_are(admin: Client, make_user: MakeUser, settings: Settings) -> None:
    consumers.make("svc_orders")
    waiting = deletion.request(make_user().pk, actor=OPERATOR, origin=Origin())
    assert str(waiting.user_id) in text_at(admin, DELETIONS)
    assert str(waiting.user_id) not in text_at(admin, f"{DELETIONS}?state=completed")
    deletion.force(waiting.user_id, reason="It was shut down.", actor=OPERATOR, origin=Origin())
    assert str(waiting.user_id) not in text_at(admin, DELETIONS)
    assert str(waiting.user_id) in text_at(admin, f"{DELETIONS}?state=completed")
    assert text_at(admin, f"{DELETIONS}?state=put_off")
    assert text_at(admin, f"{DELETIONS}?state=nonsense")


def test_a_deletion_is_completed_without_the_rest_by_whoever_may(make_user: MakeUser) -> None:
    consumers.make("svc_orders")
    person = make_user("ada@example.com")
    deletion.request(person.pk, actor=OPERATOR, origin=Origin())
    path = f"{DELETIONS}{person.pk}/"
    reader = enter(make_staff("accounts.view_user"))
    assert "svc_orders" in text_at(reader, f"{path}change/")
    assert "Complete without" not in text_at(reader, f"{path}change/")
    assert reader.post(f"{path}force/", {"reason": "It was shut down."}).status_code == 403
    clerk = enter(make_staff("accounts.view_user", "accounts.delete_user"))
    assert "Complete without" in text_at(clerk, f"{path}change/")
    refused = clerk.post(f"{path}force/", {"reason": "Because of ada@example.com"})
    assert refused.status_code == 400
    assert "Because of ada@example.com" in text_of(refused.content.decode())
    assert clerk.post(f"{path}force/", {"reason": "It was shut down."}).status_code == 302
    assert Deletion.objects.get(user_id=person.pk).completed_at is not None
    receipt = text_at(clerk, f"{path}change/")
    assert "It was shut down." in receipt
    assert "Complete without" not in receipt


@pytest.mark.parametrize("name", ["nonsense", str(uuid4())])
def test_no_deletion_is_not_found(admin: Client, name: str) -> None:
    assert admin.get(f"{DELETIONS}{name}/change/").status_code == 404


def test_consumers_are_told_by_how_far_they_are_behind(admin: Client, make_user: MakeUser) -> None:
    consumers.make("svc_orders")
    late = consumers.make("svc_late")
    deletion.request(make_user().pk, actor=OPERATOR, origin=Origin())
    consumers.let_pass(timedelta(days=2))
    assert text_at(admin, CONSUMERS).count("Deletions late") == 2
    consumers.catch_up(late)
    erasure.advance_deletions()
    text = text_at(admin, CONSUMERS)
    assert text.count("Deletions late") == 1
    assert "Up to date" in text
    DeletionConsumer.objects.update(retired_at=timezone.now())
    assert "svc_orders" not in text_at(admin, CONSUMERS)


def test_mails_that_wait_are_shown_without_what_is_in_them(admin: Client, user: User) -> None:
    mailing.enqueue(MailKind.RESET_PASSWORD, address=user.email, user_id=user.pk)
    with CaptureQueriesContext(connection) as captured:
        page = admin.get(MAILS).content.decode()
    assert user.email in page
    assert not [query for query in captured.captured_queries if "seed" in query["sql"]]


def test_the_audit_is_looked_through_by_kind_person_and_time(admin: Client, user: User) -> None:
    audit.record(EventType.EMAIL_CHANGED, Outcome.SUCCESS, actor=OPERATOR, origin=Origin("192.0.2.1"), subject=user.pk)
    mine = AuditEvent.objects.latest("pk")
    assert "192.0.2.1" in text_at(admin, AUDIT)
    for query in (f"subject={user.pk}", "type=email.changed", "actor=system:test", "created_after=2020-01-01T00:00"):
        assert "192.0.2.1" in text_at(admin, f"{AUDIT}?{query}"), query
    assert "192.0.2.1" not in text_at(admin, f"{AUDIT}?created_before={mine.occurred_at.year - 1}-01-01T00:00")
    assert "192.0.2.1" not in text_at(admin, f"{AUDIT}?subject={uuid4()}")
    assert text_at(admin, f"{AUDIT}?subject=nonsense", status=400)


def test_batches_are_shown_with_what_waits(admin: Client) -> None:
    AuditEvent.objects.all().delete()
    audit_trail.seal(2, 3)
    audit_trail.append(1)
    text = text_at(admin, BATCHES)
    assert "The oldest event that waits to be sealed" in text
    for batch in audit_trail.seal():
        assert batch.head[:16] in text


def test_pages_lead_through_all_and_none_is_shown_twice(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also through events of one moment."""
    monkeypatch.setattr(keyset, "ROWS", 2)
    AuditEvent.objects.all().delete()
    audit_trail.append(7)
    at = AuditEvent.objects.latest("pk").occurred_at
    AuditEvent.objects.filter(pk__gt=AuditEvent.objects.earliest("pk").pk + 1).update(occurred_at=at)
    seen: list[str] = []
    path: str | None = f"{AUDIT}?type=&actor="
    while path is not None:
        page = admin.get(path).content.decode()
        seen += re.findall(r"index=(\d+)", page)
        following = next_of(admin, path)
        path = AUDIT + following if following else None
    assert len(seen) == 7
    assert len(set(seen)) == 7


@pytest.mark.parametrize(
    "cursor", ["", "x", "x~1", "2030-01-01 00:00:00~1", "2030-01-01 00:00:00+00:00~x", "2030-01-01 00:00:00+00:00~1~2",
               "0001-01-01 00:00:00+14:00~1", "2030-01-01 00:00:00+00:00~99999999999999999999", "%00~1"]
)  # fmt: skip
def test_a_place_that_is_none_is_refused(admin: Client, cursor: str) -> None:
    answer = admin.get(AUDIT, {"behind": cursor.replace("%00", "\0")})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "ask",
    [
        partial(key_rotation.rotate, KeyPurpose.ACCESS, at_once=True),
        partial(key_rotation.withdraw, "12345678"),
        key_listing.listed,
        key_listing.prospects,
        waiting_mails.listed,
    ],
)
def test_each_service_asks_by_itself_who_may(ask: Callable[..., object]) -> None:
    """Behind the page's own look."""
    with pytest.raises(PermissionDenied):
        ask(actor=acting(make_staff("accounts.view_user")))
