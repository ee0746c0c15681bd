"""Alive, ready, and how it is doing."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.test import Client
from prometheus_client import values
from pytest_django import Settings

from accounts.models import SigningKey
from accounts.services.signing_keys import keys
from accounts.tests.support import memory
from accounts.tests.support.refusals import assert_refused, body_of
from authservice import __version__, probes
from authservice.probes import Readiness

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has never been ready."""
    monkeypatch.setattr(probes, "readiness_seen", Readiness())


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """`cut_off.undo()` brings the database back."""

    def cursor(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "cursor", cursor)
    return monkeypatch


def test_a_living_process_says_so_and_its_version(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert {"status": "ok", "version": __version__}.items() <= body_of(answer).items()


def test_migrated_and_with_keys_it_is_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, body_of(answer)) == (200, {"status": "ready", "database": "ok"})
    assert SigningKey.objects.count() == 4


def test_unreadable_keys_are_named_and_no_new_one_is_made(client: Client, settings: Settings) -> None:
    keys.ensure_first_keys()
    settings.SECRET_KEY = "another" * 10
    memory.forget()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert body_of(answer)["reason"].startswith("keys_unreadable: ")
    assert "SECRET_KEY" in body_of(answer)["reason"]
    assert SigningKey.objects.count() == 4


def test_keys_under_a_fallback_are_ready(client: Client, settings: Settings) -> None:
    keys.ensure_first_keys()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [settings.SECRET_KEY]
    memory.forget()
    assert client.get("/readyz").status_code == 200


def test_pending_migrations_are_named(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")
    answer = client.get("/readyz")
    assert (answer.status_code, body_of(answer)["reason"]) == (503, "migrations_pending: run `manage.py migrate`")


@pytest.mark.usefixtures("cut_off")
def test_before_it_was_ever_ready_an_outage_counts(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert body_of(answer) == {
        "status": "not_ready",
        "database": "unavailable",
        "reason": "database_unavailable: OperationalError",
    }


def test_once_ready_an_outage_is_in_the_body_alone(client: Client, request: pytest.FixtureRequest) -> None:
    client.get("/readyz")
    request.getfixturevalue("cut_off")
    answer = client.get("/readyz")
    assert (answer.status_code, body_of(answer)) == (200, {"status": "ready", "database": "unavailable"})


def test_who_is_stopping_is_not_ready_though_alive(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.STOPPING_FILE = str(tmp_path / "stopping")
    assert client.get("/readyz").status_code == 200
    (tmp_path / "stopping").touch()
    answer = client.get("/readyz")
    assert (answer.status_code, body_of(answer)["reason"]) == (503, "stopping")
    assert answer.headers["Retry-After"] == "1"
    assert client.get("/healthz").status_code == 200


def test_metrics_are_prometheus_text(client: Client) -> None:
    client.get("/healthz")
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert b'authservice_http_requests_total{method="GET",route="healthz",status="200"}' in answer.content


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic secret-of-metrics", "Bearer é", "secret-of-metrics"]
)
def test_metrics_are_guarded_where_a_token_is_set(client: Client, settings: Settings, header: str | None) -> None:
    settings.METRICS_TOKEN = "secret-of-metrics"
    headers: dict[str, Any] = {} if header is None else {"HTTP_AUTHORIZATION": header}
    answer = client.get("/metrics", **headers)
    assert_refused(answer, 401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="metrics"'
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer secret-of-metrics").status_code == 200


def test_the_metrics_of_several_processes_are_added_up(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for process in (1, 2):
        value = values.MultiProcessValue(partial(int, process))  # type: ignore[no-untyped-call]
        value("counter", "visits_total", "visits_total", (), (), "Visits").inc(2)
    assert b"visits_total 4.0" in client.get("/metrics").content


def test_what_a_dead_process_held_counts_no_more(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for process, held in ((os.getpid(), 3), (1, 4), (ended.pid, 5)):
        value = values.MultiProcessValue(partial(int, process))  # type: ignore[no-untyped-call]
        value("gauge", "guests", "guests", (), (), "Guests", "livesum").set(held)
    assert b"guests 7.0" in client.get("/metrics").content
