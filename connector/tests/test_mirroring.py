"""The mirror follows the log: whatever the order, whatever fails in between, it ends as the auth service has it."""

import random
from typing import Any

import pytest
from authservice_connector import mirror, signals
from authservice_connector import mirroring as room
from authservice_connector.credentials import ClientCredentials, ServiceToken
from authservice_connector.errors import CannotTell
from authservice_connector.mirroring import Mirroring
from authservice_connector.models import MirrorPosition, RemoteUser
from django.contrib.auth import get_user_model

from tests.issuing import ISSUER, Later, notice
from tests.service import Service

pytestmark = pytest.mark.django_db

User: Any = get_user_model()


def mirroring_of(service: Service) -> Mirroring:
    transport: Any = service
    return Mirroring(ISSUER, transport, ServiceToken(transport, ClientCredentials("svc_a", "a secret")))


@pytest.fixture
def mirroring(service: Service) -> Mirroring:
    made = mirroring_of(service)
    made.turn()
    return made


def mirrored(service: Service, **details: Any) -> RemoteUser:
    return mirror.apply(ISSUER, service.register(**details), settled=True)


def test_a_change_arrives(service: Service, mirroring: Mirroring) -> None:
    remote = mirrored(service)
    service.change(remote.subject, first_name="Augusta", email="new@example.com")
    mirroring.turn()
    remote = RemoteUser.objects.select_related("user").get()
    assert (remote.version, remote.user.first_name, remote.user.email) == (2, "Augusta", "new@example.com")
    assert not remote.is_stale


def test_whom_nothing_was_told_about_is_not_looked_up(service: Service, mirroring: Mirroring) -> None:
    mirrored(service)
    stranger = service.register()
    service.change(stranger["id"])
    mirroring.turn()
    assert service.count("POST /users/lookup") == 0
    assert RemoteUser.objects.count() == 1


def test_a_row_of_first_sight_is_looked_up_once(service: Service, mirroring: Mirroring) -> None:
    """A notice that came while its details were on their way had nothing to mark."""
    person = service.register()
    seen = dict(person)
    service.change(person["id"], first_name="Augusta")
    mirroring.turn()
    mirror.apply(ISSUER, seen)
    for _ in range(2):
        mirroring.turn()
    assert RemoteUser.objects.get().user.first_name == "Augusta"
    assert service.count("POST /users/lookup") == 1


def test_suspension_stands_apart_from_what_this_service_decided(service: Service, mirroring: Mirroring) -> None:
    remote = mirrored(service)
    remote.user.is_active = False
    remote.user.save()
    service.change(remote.subject, "user.suspended", is_active=False)
    mirroring.turn()
    remote = RemoteUser.objects.get()
    assert (remote.is_suspended, remote.user.is_active) == (True, False)
    service.change(remote.subject, "user.reinstated", is_active=True)
    mirroring.turn()
    remote = RemoteUser.objects.get()
    assert (remote.is_suspended, remote.user.is_active) == (False, False)


def test_a_groups_new_name_is_about_everybody(service: Service, mirroring: Mirroring) -> None:
    remote = mirrored(service, groups=["editors"])
    service.users[remote.subject]["groups"] = ["writers"]  # without another version
    service.notices.append(notice("group.changed", "7", name="editors", new_name="writers"))
    mirroring.turn()
    assert RemoteUser.objects.get().profile["groups"] == ["writers"]


def test_who_was_deleted_is_removed_and_then_acknowledged(service: Service, mirroring: Mirroring) -> None:
    remote = mirrored(service)
    service.delete(remote.subject)
    mirroring.turn()
    assert RemoteUser.objects.get().deleted_at is not None
    assert service.acknowledged[-1] == "0:1"
    count = len(service.acknowledged)
    mirroring.turn()
    assert len(service.acknowledged) == count


def test_the_deletion_of_a_stranger_is_acknowledged_too(service: Service, mirroring: Mirroring) -> None:
    service.delete(service.register()["id"])
    mirroring.turn()
    assert service.acknowledged[-1] == "0:1"


def test_what_a_receiver_fails_at_is_tried_again_and_not_acknowledged(service: Service, mirroring: Mirroring) -> None:
    remote, other = mirrored(service), mirrored(service)

    def fail(remote: RemoteUser, **_: object) -> None:
        raise RuntimeError("the orders won't go")

    signals.user_deleted.connect(fail)
    service.delete(remote.subject)
    service.change(other.subject, first_name="Augusta")
    before = len(service.acknowledged)
    try:
        mirroring.turn()
    finally:
        signals.user_deleted.disconnect(fail)
    assert RemoteUser.objects.get(pk=remote.pk).deleted_at is None
    assert RemoteUser.objects.get(pk=other.pk).version == 2
    assert len(service.acknowledged) == before
    mirroring.turn()
    assert RemoteUser.objects.get(pk=remote.pk).deleted_at is not None
    assert len(service.acknowledged) == before + 1


def test_what_is_not_expected_is_not_acknowledged_and_asked_about_each_minute(service: Service, later: Later) -> None:
    service.may_acknowledge = False
    mirroring = mirroring_of(service)
    service.delete(service.register()["id"])
    for _ in range(3):
        mirroring.turn()
    assert service.count("POST /notices/ack") == 1
    service.may_acknowledge = True
    later(61)
    mirroring.turn()
    assert service.acknowledged == ["0:1"]


def test_a_service_that_fails_in_between_loses_nothing(service: Service, mirroring: Mirroring) -> None:
    remote = mirrored(service)
    service.change(remote.subject, first_name="Augusta")
    lookup = service._lookup
    service._lookup = lambda ids: (_ for _ in ()).throw(CannotTell("down"))  # type: ignore[method-assign]
    with pytest.raises(CannotTell):
        mirroring.turn()
    service._lookup = lookup  # type: ignore[method-assign]
    mirroring.turn()
    assert RemoteUser.objects.get().user.first_name == "Augusta"


def test_after_another_log_everybody_is_looked_up_whatever_version_is_here(
    service: Service, mirroring: Mirroring
) -> None:
    stays, goes, lost = mirrored(service, version=7), mirrored(service), mirrored(service)
    service.users[stays.subject] |= {"version": 3, "first_name": "Of before"}
    del service.users[lost.subject], service.users[goes.subject]
    service.deleted.add(goes.subject)
    service.restore()
    mirroring.turn()
    stays, goes, lost = (RemoteUser.objects.select_related("user").get(pk=each.pk) for each in (stays, goes, lost))
    assert (stays.version, stays.user.first_name) == (3, "Of before")
    assert goes.deleted_at is not None
    assert (lost.deleted_at, lost.is_stale) == (None, False)  # only “deleted” deletes


def test_whom_the_auth_service_did_not_know_has_to_be_asked_about(service: Service, mirroring: Mirroring) -> None:
    """Their token may be of a session that was lost with them. Until everybody was looked up nobody is asked about."""
    remote = mirrored(service)
    mirroring.resync()
    assert not RemoteUser.objects.get(pk=remote.pk).is_unconfirmed
    del service.users[remote.subject]
    service.restore()
    mirroring.turn()
    assert RemoteUser.objects.get(pk=remote.pk).is_unconfirmed


def test_one_process_does_the_work(service: Service, mirroring: Mirroring) -> None:
    other = mirroring_of(service)
    calls = len(service.calls)
    assert other.turn() is False
    assert len(service.calls) == calls
    MirrorPosition.objects.update(held_until="2020-01-01T00:00:00Z")
    assert other.turn() is True
    assert mirroring.turn() is False


def test_who_is_overtaken_while_looking_people_up_leaves_the_rest(
    service: Service, mirroring: Mirroring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LOOKED_UP_AT_ONCE", 1)
    for _ in range(3):
        mirrored(service)
    mirroring.resync()
    lookup, other = service._lookup, mirroring_of(service)

    def overtaken(ids: list[str]) -> Any:
        MirrorPosition.objects.update(held_until="2020-01-01T00:00:00Z")
        assert other._hold()
        return lookup(ids)

    monkeypatch.setattr(service, "_lookup", overtaken)
    assert mirroring.turn() is False
    assert service.count("POST /users/lookup") == 1


def test_who_is_at_it_for_long_keeps_the_row(
    service: Service, mirroring: Mirroring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LOOKED_UP_AT_ONCE", 1)
    for _ in range(2):
        mirrored(service)
    mirroring.resync()
    lookup = service._lookup
    ends: list[Any] = []

    def slow(ids: list[str]) -> Any:
        ends.append(MirrorPosition.objects.get().held_until)
        return lookup(ids)

    monkeypatch.setattr(service, "_lookup", slow)
    assert mirroring.turn() is True
    assert ends[0] < ends[1]


def test_an_older_answer_does_not_wipe_off_a_newer_mark(
    service: Service, mirroring: Mirroring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes hold the row one after the other, the first without noticing that it lost it."""
    remote, other = mirrored(service), mirroring_of(service)
    service.change(remote.subject, first_name="Second")
    lookup = service._lookup

    def overtaken(ids: list[str]) -> Any:
        answer = lookup(ids)
        monkeypatch.undo()
        answer = type(answer)(200, {**answer.document, "users": [dict(each) for each in answer.document["users"]]})
        service.change(remote.subject, first_name="Third")
        MirrorPosition.objects.update(held_until="2020-01-01T00:00:00Z")
        other._hold()
        other._follow()
        return answer

    monkeypatch.setattr(service, "_lookup", overtaken)
    mirroring.turn()
    assert RemoteUser.objects.get().is_stale
    other.turn()
    assert RemoteUser.objects.get().user.first_name == "Third"


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_notices_does_not_matter(service: Service, mirroring: Mirroring, seed: int) -> None:
    remotes = [mirrored(service) for _ in range(3)]
    first, second, third = (remote.subject for remote in remotes)
    service.change(first, first_name="Augusta")
    service.change(second, "user.suspended", is_active=False)
    service.change(second, "user.reinstated", is_active=True)
    service.change(second, "user.suspended", is_active=False)
    service.change(third, email="gone@example.com")
    service.delete(third)
    random.Random(seed).shuffle(service.notices)
    mirroring.turn()
    one, two, three = (RemoteUser.objects.select_related("user").get(pk=remote.pk) for remote in remotes)
    assert (one.user.first_name, two.is_suspended, three.deleted_at is not None) == ("Augusta", True, True)
