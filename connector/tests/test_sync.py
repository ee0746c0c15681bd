"""`authservice_sync` ends with everybody up to date, or says that it did not; what it may change it says first."""

import io
from typing import Any
from uuid import uuid4

import pytest
from authservice_connector import mirror, mirroring, signals
from authservice_connector.management.commands import authservice_sync
from authservice_connector.models import MirrorPosition, RemoteUser
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from pytest_django import Settings

from tests.issuing import ISSUER
from tests.service import Service

pytestmark = pytest.mark.django_db

User: Any = get_user_model()


def sync(*arguments: str) -> str:
    out = io.StringIO()
    call_command("authservice_sync", *arguments, stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authservice_sync, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(authservice_sync, "SLICE_SECONDS", 0.01)


def mirrored(service: Service, **details: Any) -> RemoteUser:
    return mirror.apply(ISSUER, service.register(**details), settled=True)


def test_everybody_is_looked_up_anew_whatever_version_is_here(service: Service) -> None:
    remote = mirrored(service, version=7)
    service.users[remote.subject] |= {"version": 3, "first_name": "Restored"}
    assert "up to date" in sync()
    assert RemoteUser.objects.get().user.first_name == "Restored"


def test_without_credentials_nobody_can_be_looked_up(settings: Settings) -> None:
    settings.AUTHSERVICE = {"URL": "http://127.0.0.1:1"}
    with pytest.raises(CommandError, match="CLIENT_ID"):
        sync()


def test_an_auth_service_that_is_away_is_no_success(service: Service) -> None:
    mirrored(service)
    service.is_down = True
    with pytest.raises(CommandError, match="as soon as it can be"):
        sync()
    assert RemoteUser.objects.get().is_stale


def test_whom_a_receiver_fails_at_is_no_success(service: Service) -> None:
    mirrored(service)

    def fail(**_: object) -> None:
        raise RuntimeError

    signals.user_mirrored.connect(fail)
    try:
        with pytest.raises(CommandError, match="1 people are not up to date"):
            sync()
    finally:
        signals.user_mirrored.disconnect(fail)


def held_by_another() -> None:
    position, _ = MirrorPosition.objects.get_or_create(pk=ISSUER)
    position.holder, position.held_until = uuid4(), "2126-01-01T00:00:00Z"
    position.save()


def test_a_process_that_has_the_mirror_and_does_nothing_is_no_success(service: Service) -> None:
    mirrored(service)
    held_by_another()
    with pytest.raises(CommandError, match="Another process"):
        sync()


def test_a_process_that_has_the_mirror_is_waited_for(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    remote = mirrored(service)
    held_by_another()
    tries = []

    def other_process(self: mirroring.Mirroring) -> bool:
        """It comes to it while the third look is taken."""
        tries.append(1)
        if len(tries) == 3:
            MirrorPosition.objects.update(cursor="0:0")
            RemoteUser.objects.update(is_stale=False)
        return False

    monkeypatch.setattr(mirroring.Mirroring, "turn", other_process)
    assert "up to date" in sync()
    assert len(tries) == 3
    assert whose(remote) == remote.user_id


def test_a_process_that_has_the_mirror_is_waited_for_as_long_as_it_gets_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authservice_sync, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(authservice_sync, "SLICE_SECONDS", 0.02)
    for _ in range(10):
        mirrored(service)
    held_by_another()

    def other_process(self: mirroring.Mirroring) -> bool:
        MirrorPosition.objects.update(cursor="0:0")
        first = RemoteUser.objects.filter(is_stale=True).order_by("pk")[:1]
        RemoteUser.objects.filter(pk__in=[each.pk for each in first]).update(is_stale=False)
        return False

    monkeypatch.setattr(mirroring.Mirroring, "turn", other_process)
    assert "up to date" in sync()


def whose(remote: RemoteUser) -> Any:
    return RemoteUser.objects.get(pk=remote.pk).user_id


def row_of_before(address: str) -> Any:
    user = User(email=address)
    if User.USERNAME_FIELD != "email":
        user.username = f"of before {address}"
    user.set_password("correct horse battery staple")
    user.save()
    return user


def test_a_dry_run_says_what_it_would_do_and_does_nothing(service: Service) -> None:
    row, refused = row_of_before("ada@example.com"), row_of_before("eve@example.com")
    remote = mirrored(service, email="ada@example.com")
    other = mirrored(service, email="eve@example.com", email_verified=False)
    calls = len(service.calls)
    said = sync("--adopt-by-email", "--dry-run")
    assert f"adopted  {remote.subject}: row {row.pk}, whose local password goes\n" in said
    assert f"refused  {other.subject}: row {refused.pk}: the address is not verified\n" in said
    assert "1 would be adopted, nothing was done; 1 refused." in said
    assert (whose(remote), len(service.calls)) == (remote.user_id, calls)
    assert "@" not in said


def test_what_was_said_is_done_by_what_is_known_now(service: Service) -> None:
    """Brought up to date first: an address that was given up gives nobody a row."""
    row, kept = row_of_before("ada@example.com"), row_of_before("eve@example.com")
    remote, other = mirrored(service, email="ada@example.com"), mirrored(service, email="eve@example.com")
    service.users[other.subject] |= {"email": "new@example.com", "version": 2}
    assert "1 adopted; 0 refused." in sync("--adopt-by-email")
    assert whose(remote) == row.pk
    assert whose(other) == other.user_id
    kept.refresh_from_db()
    assert kept.has_usable_password()


def test_a_dry_run_of_nothing_is_a_slip(service: Service) -> None:
    with pytest.raises(CommandError, match="adopt-by-email"):
        sync("--dry-run")
