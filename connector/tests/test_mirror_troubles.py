"""One person at whom something fails holds up nobody else, is named in the log by id alone, and is tried again."""

from typing import Any

import pytest
from authservice_connector import callers, current, mirror, signals
from authservice_connector.errors import CannotTell, SessionRevoked
from authservice_connector.mirroring import Mirroring
from authservice_connector.models import RemoteUser
from authservice_connector.transport import Answer
from django.db import connection

from tests.issuing import ISSUER, Later
from tests.service import Service
from tests.test_mirroring import mirrored, mirroring_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def mirroring(service: Service) -> Mirroring:
    made = mirroring_of(service)
    made.turn()
    return made


def refusing(service: Service, monkeypatch: pytest.MonkeyPatch, *subjects: str) -> None:
    """As the auth service does for what is no id."""
    lookup = service._lookup

    def strict(ids: list[str]) -> Answer:
        return Answer(400, {"code": "invalid_input"}) if {*subjects} & {*ids} else lookup(ids)

    monkeypatch.setattr(service, "_lookup", strict)


def test_an_id_that_is_none_holds_up_nobody(
    service: Service, mirroring: Mirroring, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    people = [mirrored(service) for _ in range(5)]
    odd = mirror.apply(ISSUER, service.register(id="legacy-7"), settled=False)
    people += [mirrored(service) for _ in range(5)]
    refusing(service, monkeypatch, "legacy-7")
    for remote in people:
        service.delete(remote.subject)
    mirroring.turn()
    assert RemoteUser.objects.filter(deleted_at=None).get() == odd
    assert service.acknowledged[-1] == "0:10"
    assert "legacy-7 is no id" in caplog.text


def test_an_id_that_could_be_somebodys_is_never_passed_over(
    service: Service, mirroring: Mirroring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a lookup that is broken altogether would have deletions acknowledged that nobody has done."""
    remote = mirrored(service)
    service.delete(remote.subject)
    refusing(service, monkeypatch, remote.subject)
    before = len(service.acknowledged)
    with pytest.raises(CannotTell):
        mirroring.turn()
    assert RemoteUser.objects.get().is_stale
    assert len(service.acknowledged) == before


def test_who_is_left_out_of_an_answer_is_named_and_stays_marked(
    service: Service,
    mirroring: Mirroring,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    later: Later,
) -> None:
    remote, other = mirrored(service), mirrored(service)
    service.delete(remote.subject)
    service.change(other.subject, first_name="Augusta")
    lookup, before = service._lookup, len(service.acknowledged)
    monkeypatch.setattr(service, "_lookup", lambda ids: lookup([each for each in ids if each != remote.subject]))
    mirroring.turn()
    assert remote.subject in caplog.text
    assert (RemoteUser.objects.get(is_stale=True), len(service.acknowledged)) == (remote, before)
    monkeypatch.setattr(service, "_lookup", lookup)
    later(5)
    mirroring.turn()
    assert service.acknowledged[-1] == "0:2"


def test_whom_a_receiver_fails_at_is_tried_again_more_and_more_seldom_and_told_by_id_alone(
    service: Service, mirroring: Mirroring, caplog: pytest.LogCaptureFixture, later: Later
) -> None:
    remote, tries = mirrored(service), []

    def fail(remote: RemoteUser, **_: object) -> None:
        tries.append(1)
        raise RuntimeError(f"no orders of {remote.email}")

    signals.user_deleted.connect(fail)
    service.delete(remote.subject)
    try:
        for _ in range(100):
            mirroring.turn()
        assert len(tries) == 2
        for _ in range(100):
            later(5)
            mirroring.turn()
        assert 4 <= len(tries) <= 9
    finally:
        signals.user_deleted.disconnect(fail)
    assert remote.subject in caplog.text
    assert "RuntimeError" in caplog.text
    assert remote.email not in caplog.text
    later(301)
    mirroring.turn()
    assert RemoteUser.objects.get().deleted_at is not None


def test_while_everybody_is_looked_up_anew_no_caller_waits_for_the_auth_service(service: Service) -> None:
    token = service.token(service.register()["id"])
    callers.identify(f"Bearer {token}")
    mirroring = current.connection().mirroring
    assert mirroring is not None
    mirroring.resync()
    calls = len(service.calls)
    callers.identify(f"Bearer {token}")
    assert len(service.calls) == calls


@pytest.mark.parametrize("was_active", [True, False])
def test_who_was_deleted_and_is_there_again_comes_back_as_they_were_here(
    service: Service, mirroring: Mirroring, was_active: bool
) -> None:
    remote = mirrored(service, version=7)
    remote.user.is_active = was_active
    remote.user.save()
    details = dict(service.users[remote.subject])
    service.delete(remote.subject)
    mirroring.turn()
    assert RemoteUser.objects.get().deleted_at is not None
    service.restore()
    service.deleted.clear()
    service.users[remote.subject] = details | {"version": 3}
    mirroring.turn()
    after = RemoteUser.objects.select_related("user").get()
    assert (after.deleted_at, after.version, after.user.email) == (None, 3, details["email"])
    assert after.user.is_active is was_active


def test_a_token_of_after_a_deletion_has_them_looked_up(service: Service, mirroring: Mirroring) -> None:
    """The auth service was set back, and nobody here has heard."""
    remote = mirrored(service)
    mirror.remove(remote)
    with pytest.raises(SessionRevoked):
        callers.identify(f"Bearer {service.token(remote.subject)}")
    RemoteUser.objects.update(deleted_at="2020-01-01T00:00:00Z")
    with pytest.raises(CannotTell):
        callers.identify(f"Bearer {service.token(remote.subject)}")
    mirroring.turn()
    assert callers.identify(f"Bearer {service.token(remote.subject)}")


def test_whoever_stays_deleted_is_removed_once(service: Service, mirroring: Mirroring) -> None:
    heard: list[str] = []

    def receive(remote: RemoteUser, **_: object) -> None:
        heard.append(remote.subject)

    signals.user_deleted.connect(receive)
    remote = mirrored(service)
    service.delete(remote.subject)
    for _ in range(2):
        mirroring.turn()
        mirroring.resync()
    signals.user_deleted.disconnect(receive)
    mirroring.turn()
    assert heard == [remote.subject]
    assert not RemoteUser.objects.filter(is_stale=True).exists()


def test_a_lock_needs_nothing_that_a_database_may_lack(
    service: Service, mirroring: Mirroring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MariaDB locks rows, and can't say of which table."""
    features: Any = type(connection.features)
    monkeypatch.setattr(features, "has_select_for_update", True)
    monkeypatch.setattr(features, "has_select_for_update_of", False)
    monkeypatch.setattr(type(connection.ops), "for_update_sql", lambda *_, **__: "")
    remote = mirrored(service)
    service.change(remote.subject, first_name="Augusta")
    mirroring.turn()
    service.delete(remote.subject)
    mirroring.turn()
    assert RemoteUser.objects.get().deleted_at is not None
