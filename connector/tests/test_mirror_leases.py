"""One process does the mirror's work: whoever has lost the row marks nobody, writes nobody and moves nothing on."""

from datetime import UTC, datetime
from typing import Any

import pytest
from authservice_connector import mirror
from authservice_connector import mirroring as room
from authservice_connector.models import MirrorPosition, RemoteUser
from authservice_connector.transport import Answer
from django.db import connection
from django.utils import timezone

from tests.service import Service
from tests.test_mirroring import mirrored, mirroring_of

pytestmark = pytest.mark.django_db

PAST = "2020-01-01T00:00:00Z"


def lapse() -> None:
    MirrorPosition.objects.update(held_until=PAST)


@pytest.mark.parametrize("news", ["change", "deletion"])
def test_a_page_that_lands_after_the_row_was_lost_is_not_taken(
    service: Service, monkeypatch: pytest.MonkeyPatch, news: str
) -> None:
    """Else its mark would be wiped off by what the other process had looked up before, and acknowledged."""
    slow, quick = mirroring_of(service), mirroring_of(service)
    slow.turn()
    remote, lookup, read = mirrored(service), service._lookup, slow._feed.read
    RemoteUser.objects.update(is_stale=True)

    def meanwhile(ids: list[str]) -> Answer:
        answer = lookup(ids)
        answer = Answer(200, {**answer.document, "users": [dict(each) for each in answer.document["users"]]})
        monkeypatch.setattr(service, "_lookup", lookup)
        service.delete(remote.subject) if news == "deletion" else service.change(remote.subject, first_name="Third")
        assert not slow._take(read(MirrorPosition.objects.get().cursor), MirrorPosition.objects.get().cursor)
        return answer

    monkeypatch.setattr(service, "_lookup", meanwhile)
    before = len(service.acknowledged)
    lapse()
    assert quick.turn()
    assert len(service.acknowledged) == before
    quick.turn()
    after = RemoteUser.objects.select_related("user").get()
    assert after.deleted_at is not None if news == "deletion" else after.user.first_name == "Third"
    assert len(service.acknowledged) == before + (news == "deletion")


def test_who_is_overtaken_between_two_pages_reads_no_more(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, quick = mirroring_of(service), mirroring_of(service)
    slow.turn()
    for _ in range(9):
        service.delete(service.register()["id"])
    page = service._page

    def overtaken(cursor: str | None) -> Answer:
        lapse()
        assert quick._hold()
        return page(cursor)

    monkeypatch.setattr(service, "_page", overtaken)
    reads = service.count("GET /notices")
    assert slow.turn() is False
    assert service.count("GET /notices") == reads + 1
    assert MirrorPosition.objects.get().cursor == "0:0"


def test_the_row_is_held_anew_before_each_page(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    mirroring = mirroring_of(service)
    mirroring.turn()
    for _ in range(9):
        service.delete(service.register()["id"])
    page = service._page

    def slow(cursor: str | None) -> Answer:
        assert not mirroring_of(service)._hold()
        lapse()
        return page(cursor)

    monkeypatch.setattr(service, "_page", slow)
    assert mirroring.turn()
    assert MirrorPosition.objects.get().cursor == "0:9"


def test_however_many_pages_there_are_a_turn_ends_with_the_last(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PAGES_AT_ONCE", 2)
    mirroring = mirroring_of(service)
    mirroring.turn()
    remote = mirrored(service)
    for _ in range(20):
        service.delete(service.register()["id"])
    service.change(remote.subject, first_name="Augusta")
    mirroring.turn()
    assert RemoteUser.objects.get().user.first_name == "Augusta"


def test_whoever_is_at_work_is_not_waited_for(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow receiver of theirs has the row; each process that waited would keep a connection to the database busy."""
    mirroring, asked = mirroring_of(service), list[dict[str, Any]]()

    def noted(self: object, **options: Any) -> str:
        asked.append(options)
        return ""

    for name in ("has_select_for_update", "has_select_for_update_skip_locked"):
        monkeypatch.setattr(type(connection.features), name, True)
    monkeypatch.setattr(type(connection.ops), "for_update_sql", noted)
    assert mirroring._hold()
    assert [each["skip_locked"] for each in asked] == [True]
    assert mirroring._locked("") is not None
    assert [each["skip_locked"] for each in asked] == [True, False]


def test_an_own_clock_that_is_wrong_takes_nobodys_row(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's alone decides; each process's own may be far off."""
    assert mirroring_of(service).turn()
    monkeypatch.setattr(timezone, "now", lambda: datetime(2126, 1, 1, tzinfo=UTC))
    assert mirroring_of(service).turn() is False


def test_whoever_looks_everybody_up_anew_is_not_undone_by_an_answer_of_before(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirroring, remote = mirroring_of(service), mirrored(service)
    mirroring.turn()
    RemoteUser.objects.update(is_stale=True)
    lookup = service._lookup

    def meanwhile(ids: list[str]) -> Answer:
        answer = lookup(ids)
        monkeypatch.undo()
        mirroring_of(service).resync()
        return answer

    monkeypatch.setattr(service, "_lookup", meanwhile)
    assert mirroring.turn() is False
    assert RemoteUser.objects.get(pk=remote.pk).is_stale


def test_each_person_is_a_transaction_of_their_own(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that one who takes long holds no others, and what was done before the row was lost stays done."""
    mirroring = mirroring_of(service)
    mirroring.turn()
    people = [mirrored(service) for _ in range(3)]
    for remote in people:
        service.change(remote.subject, first_name="Augusta")
    apply = mirror.apply

    def overtaken(*arguments: Any, **options: Any) -> RemoteUser:
        if RemoteUser.objects.filter(version=2).count() == 1:
            MirrorPosition.objects.update(holder=None)
        return apply(*arguments, **options)

    monkeypatch.setattr(mirror, "apply", overtaken)
    assert mirroring.turn() is False
    assert RemoteUser.objects.filter(version=2).count() == 2
