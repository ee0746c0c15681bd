"""Is it alive, may it be sent work, how is it doing."""

import hmac
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess

from accounts.errors import KeysUnreadable, Unavailable
from accounts.fastlane.tally import tally
from accounts.rest import problems
from accounts.rest.problems import Problem
from accounts.services.signing_keys import keys
from authservice import __version__

DATABASE_SECONDS: Final = 0.8
"""Whoever asks for readiness waits for a second, as Kubernetes does."""

RETRY_AFTER_SECONDS: Final = 1


class Readiness:
    """Migrated and keys loaded: once seen, it stays, so that a database outage does not take every instance away."""

    def __init__(self) -> None:
        self._has_been_ready = False

    def reason_against(self, *, database_fault: str) -> str:
        """Empty when ready."""
        if settings.STOPPING_FILE and Path(settings.STOPPING_FILE).exists():
            return "stopping"
        if not self._has_been_ready:
            reason = f"database_unavailable: {database_fault}" if database_fault else _obstacle()
            self._has_been_ready = not reason
            return reason
        return ""


readiness_seen = Readiness()


@problems.safe_only
def health(request: HttpRequest) -> HttpResponse:
    return _answer({"status": "ok", "version": __version__, "process": os.getpid()})


@problems.safe_only
def readiness(request: HttpRequest) -> HttpResponse:
    """The database's state is in the body, never in the status."""
    fault = _database_fault()
    database = "unavailable" if fault else "ok"
    if reason := readiness_seen.reason_against(database_fault=fault):
        answer = _answer({"status": "not_ready", "database": database, "reason": reason}, status=503)
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
    return _answer({"status": "ready", "database": database})


@problems.safe_only
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, of all processes when they share a directory. Guarded by METRICS_TOKEN when that is set."""
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if settings.METRICS_TOKEN and not hmac.compare_digest(
        request.META.get("HTTP_AUTHORIZATION", "").encode(), wanted.encode()
    ):
        headers = {"WWW-Authenticate": 'Bearer realm="metrics"'}
        detail = "Send METRICS_TOKEN: `Authorization: Bearer <METRICS_TOKEN>`."
        return problems.plain_response(request, Problem("not_authenticated", detail, 401, headers=headers))
    tally.flush()
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        _forget_the_dead(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _forget_the_dead(directory: Path) -> None:
    """What a process that has ended held at last counts no more; what it has counted stays."""
    for path in directory.glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        if not _is_alive(pid):
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, so there is one
        return True
    return True


def _obstacle() -> str:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations_pending: run `manage.py migrate`"
        keys.get_ready()
    except KeysUnreadable as refusal:
        return f"{refusal.code}: {refusal.detail}"
    except (DatabaseError, InterfaceError, Unavailable) as exc:
        return f"database_unavailable: {type(exc).__name__}"
    return ""


def _database_fault() -> str:
    """The name of what goes wrong, or nothing. A file, as SQLite has it, keeps nobody waiting."""
    hurried = getattr(connection, "hurried", lambda seconds: nullcontext())
    try:
        with hurried(DATABASE_SECONDS), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as exc:
        return type(exc).__name__
    return ""


def _answer(body: dict[str, Any], status: int = 200) -> HttpResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
