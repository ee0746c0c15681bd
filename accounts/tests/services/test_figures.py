"""What is counted is written down once a minute, and read as series in which nought is not taken for unknown."""

import os
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from unittest.mock import Mock

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from pytest_django import Settings

from accounts.errors import PermissionDenied
from accounts.models import Figure, Rollup
from accounts.models.rollups import Span, minute_of, moment_of
from accounts.principals import System
from accounts.services import rounds
from accounts.services.figures import charts, keeping
from accounts.services.figures.counters import Counters
from accounts.services.figures.keeping import Keeping
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.processes import Servers
from accounts.tests.support.staff import acting, make_staff

pytestmark = pytest.mark.django_db

OPERATOR: Final = System("test")
NOON: Final = datetime(2030, 1, 31, 12, 0, 2, tzinfo=UTC)
MINUTE: Final = minute_of(NOON)
Count = Callable[..., None]


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def count(directory: Path) -> Count:
    """`count(1, "authservice_refreshes", answer="renewed")`: as process 1 counts."""

    def count(process: int, name: str, times: int = 1, **labels: str) -> None:
        key = mmap_key(name, f"{name}_total", list(labels), list(labels.values()), "")
        with closing(MmapedDict(str(directory / f"counter_{process}.db"))) as counter:  # type: ignore[no-untyped-call]
            counter.write_value(key, counter.read_value(key)[0] + times, 0)  # type: ignore[no-untyped-call]

    return count


def sign_ins(count: Count, times: int = 1, *, process: int = 1, outcome: str = "success") -> None:
    count(process, "authservice_audit_events", times, type="sign_in", outcome=outcome)


def written(span: Span = Span.MINUTE) -> dict[tuple[int, str], int]:
    """By minutes from noon, without what says that workers were there."""
    rows = Rollup.objects.filter(span=span).exclude(figure__in=[Figure.WORKERS, Figure.READINGS])
    return {(row.minute - MINUTE // span * span, row.figure): row.count for row in rows}


def keep_at(worker: Keeping, minutes: float) -> None:
    with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
        assert worker.keep_figures() == 0


def fill(figure: Figure, counts: dict[int, int]) -> None:
    """By minutes before noon; whoever counts was there in those."""
    Rollup.objects.add({(MINUTE - before, figure): count for before, count in counts.items()})
    Rollup.objects.add({(MINUTE - before, Figure.READINGS): 1 for before in counts})


def test_all_processes_are_counted_and_only_what_is_a_figure(count: Count) -> None:
    for process in (1, 2):
        count(process, "authservice_audit_events", type="sign_in", outcome="success")
        count(process, "authservice_verifications", 2, answer="active")
    count(1, "authservice_verifications", answer="token_expired")
    count(1, "authservice_audit_events", type="sign_in", outcome="failure")
    count(1, "authservice_audit_events", 5, type="logout", outcome="success")
    count(1, "authservice_refreshes", 3, answer="renewed")
    count(1, "authservice_refreshes", 5, answer="invalid_refresh_token")
    assert Counters().read() == {
        Figure.SIGN_INS: 2,
        Figure.SIGN_IN_FAILURES: 1,
        Figure.VERIFICATIONS: 5,
        Figure.REFRESHES: 3,
    }


def test_without_a_directory_there_is_nothing_to_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    assert Counters().read() is None
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "gone"))
    assert Counters().read() is None


def test_one_worker_at_a_time_reads_a_directory(count: Count) -> None:
    sign_ins(count)
    first, second = Counters(), Counters()
    assert first.read() is not None
    assert second.read() is None
    assert first.read() is not None
    assert first._lock is not None
    os.close(first._lock)  # as when its process ends
    assert second.read() is not None


def test_what_was_there_before_the_first_reading_is_not_counted(count: Count) -> None:
    sign_ins(count, 7)
    worker = Keeping()
    keep_at(worker, 0)
    assert written() == {}
    sign_ins(count, 2)
    keep_at(worker, 1)
    assert written() == {(0, "sign_ins"): 2}
    keep_at(worker, 2)
    assert written() == {(0, "sign_ins"): 2}


def test_it_is_written_once_a_minute_for_the_minute_before(count: Count) -> None:
    worker = Keeping()
    keep_at(worker, 0)
    for seconds in (5, 30, 55):
        sign_ins(count)
        keep_at(worker, seconds / 60)
    assert written() == {}
    keep_at(worker, 1)
    assert written() == {(0, "sign_ins"): 3}


def test_a_counter_that_began_anew_counts_from_nought(count: Count, directory: Path) -> None:
    sign_ins(count, 7)
    worker = Keeping()
    keep_at(worker, 0)
    (directory / "counter_1.db").unlink()
    sign_ins(count, 2, process=2)
    keep_at(worker, 1)
    assert written() == {(0, "sign_ins"): 2}


def test_workers_add_to_what_others_have_written_and_hours_sum_up_minutes(count: Count) -> None:
    for minute in (0, 1, 60):
        for _ in range(2):
            Rollup.objects.add({(MINUTE + minute, Figure.SIGN_INS): 3})
    assert written() == {(0, "sign_ins"): 6, (1, "sign_ins"): 6, (60, "sign_ins"): 6}
    assert written(Span.HOUR) == {(0, "sign_ins"): 12, (60, "sign_ins"): 6}


def test_what_could_not_be_written_is_written_later(count: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Keeping()
    keep_at(worker, 0)
    sign_ins(count, 2)
    with monkeypatch.context() as patch:
        patch.setattr(type(Rollup.objects), "add", Mock(side_effect=OperationalError))
        with pytest.raises(OperationalError):
            keep_at(worker, 1)
    keep_at(worker, 1.1)
    assert written() == {(0, "sign_ins"): 2}


def test_a_minute_is_written_by_one_statement(count: Count) -> None:
    worker = Keeping()
    keep_at(worker, 0)
    sign_ins(count)
    with CaptureQueriesContext(connection) as captured:
        keep_at(worker, 1)
    assert [query["sql"].split()[0] for query in captured.captured_queries] == ["INSERT", "SELECT", "SELECT"]


def test_minutes_go_after_two_days_and_hours_after_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BATCH", 1)
    now = MINUTE - MINUTE % 60
    for minutes in (2 * 1440 + 1, 2 * 1440, 31 * 1440 + 60, 31 * 1440, 40 * 1440):
        Rollup.objects.add({(now - minutes, Figure.SIGN_INS): 1})
    keeping.drop_old(now)
    kept = Rollup.objects.order_by("span", "-minute").values_list("span", "minute")
    assert [(span, now - minute) for span, minute in kept] == [
        (Span.MINUTE, 2880), (Span.HOUR, 2880), (Span.HOUR, 2940), (Span.HOUR, 31 * 1440),
    ]  # fmt: skip


def test_a_turn_ends_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "BATCH", 2)
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    Rollup.objects.add({(MINUTE - 10_000 - n, Figure.SIGN_INS): 1 for n in range(3)})
    lefts = []
    for _ in range(2):
        keeping.drop_old(MINUTE)
        lefts.append(Rollup.objects.filter(span=Span.MINUTE).count())
    assert lefts == [1, 0]


@time_machine.travel(NOON, tick=False)
def test_a_day_is_shown_by_ten_minutes_and_what_nobody_counted_is_unknown() -> None:
    fill(Figure.SIGN_INS, {1: 2, 10: 3, 11: 4, 1440: 5, 1429: 6, 1430: 7})
    day = charts.last_day(actor=OPERATOR)
    shown = day.figures[Figure.SIGN_INS]
    assert (len(shown), day.step_minutes, day.begins[-1]) == (144, 10, moment_of(MINUTE))
    assert shown[-3:] == [4, 5, None]
    assert shown[0] == 13
    assert set(shown[1:-3]) == {None}
    assert day.figures[Figure.VERIFICATIONS][-2] == 0
    assert day.total(Figure.SIGN_INS) == 22


@time_machine.travel(NOON, tick=False)
def test_a_month_is_shown_by_days() -> None:
    fill(Figure.VERIFICATIONS, {1: 2, 719: 3, 721: 4, 29 * 1440: 5, 30 * 1440: 6})
    Rollup.objects.filter(span=Span.MINUTE).delete()
    month = charts.last_month(actor=OPERATOR)
    shown = month.figures[Figure.VERIFICATIONS]
    assert (len(shown), month.begins[-1], month.begins[0]) == (
        30,
        datetime(2030, 1, 31, tzinfo=UTC),
        datetime(2030, 1, 2, tzinfo=UTC),
    )
    assert (shown[-1], shown[-2], shown[0]) == (5, 4, 5)


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(("life", "expected"), [(300, [100, 100]), (600, [200, 200]), (1200, [None, 400])])
def test_sessions_in_use_are_the_rate_of_refreshes_times_the_life_of_an_access_token(
    settings: Settings, life: int, expected: list[int | None]
) -> None:
    """A hundred sessions that refresh every five minutes, and half of them were signed in to."""
    settings.AUTH_ACCESS_LIFETIME = life
    for figure in (Figure.SIGN_INS, Figure.REFRESHES):
        Rollup.objects.add({(MINUTE - before, figure): 10 for before in range(1, 21)})
    Rollup.objects.add({(MINUTE - before, Figure.READINGS): 1 for before in range(1, 21)})
    active = charts.last_day(actor=OPERATOR).active
    assert active[-3:-1] == [value or 400 for value in expected]
    assert active[-1] is None


@time_machine.travel(NOON, tick=False)
def test_a_life_of_several_steps_is_looked_at_whole(settings: Settings) -> None:
    """A session that was refreshed in the step before is in use still."""
    settings.AUTH_ACCESS_LIFETIME = 1200
    fill(Figure.REFRESHES, {15: 100})
    fill(Figure.SIGN_IN_FAILURES, {5: 1})
    assert charts.last_day(actor=OPERATOR).active[-4:] == [None, 200, 100, None]


@time_machine.travel(NOON + timedelta(minutes=3), tick=False)
def test_a_step_that_is_under_way_counts_for_what_has_gone_by_of_it() -> None:
    fill(Figure.REFRESHES, {-2: 20, -1: 20, 0: 20})
    day = charts.last_day(actor=OPERATOR)
    assert (day.active[-1], day.last_active, day.is_empty) == (100, 100, False)


def test_an_empty_house_has_series_without_figures() -> None:
    day = charts.last_day(actor=OPERATOR)
    assert (day.is_empty, day.last_active, day.total(Figure.SIGN_INS)) == (True, None, 0)
    assert charts.last_sign_of_life(actor=OPERATOR) is None


def test_a_worker_that_can_read_nothing_is_seen_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    worker = Keeping()
    keep_at(worker, 0)
    keep_at(worker, 1)
    with time_machine.travel(NOON + timedelta(minutes=5), tick=False):
        assert charts.last_sign_of_life(actor=OPERATOR) == moment_of(MINUTE + 1)
        assert charts.last_day(actor=OPERATOR).is_empty


@pytest.mark.parametrize("read", [charts.last_day, charts.last_month, charts.last_sign_of_life])
def test_figures_are_for_staff_with_the_permission(read: Callable[..., object]) -> None:
    read(actor=acting(make_staff("accounts.view_rollup")))
    with pytest.raises(PermissionDenied):
        read(actor=acting(make_staff("accounts.view_user")))


def test_a_series_is_read_by_one_statement_however_much_there_is() -> None:
    with CaptureQueriesContext(connection) as captured:
        charts.last_day(actor=OPERATOR)
    assert len(captured) == 1


@pytest.mark.processes
def test_real_servers_count_what_is_read(servers: Servers, directory: Path) -> None:
    (server,) = servers.start(env={"PROMETHEUS_MULTIPROC_DIR": str(directory)})
    account = {"email": "ada@example.com", "password": PASSWORD}
    with server.client() as client:
        assert client.post("/auth/register", account).status == 201
        tokens = client.post("/auth/login", account).json
        assert client.post("/auth/login", account | {"password": "wrong"}).status == 401
        assert client.post("/auth/refresh", {"refresh": tokens["refresh"]}).status == 200
        assert client.post("/auth/verify", {"token": tokens["access"]}).status == 200
        assert client.post("/auth/verify", {"token": "nonsense"}).status == 401
    server.stop()  # what the fast lane has counted is handed on by then
    assert Counters().read() == {
        Figure.SIGN_INS: 1,
        Figure.SIGN_IN_FAILURES: 1,
        Figure.VERIFICATIONS: 2,
        Figure.REFRESHES: 1,
    }
