"""Reads what the processes of this machine have counted, out of the files that they share with Prometheus' client."""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from prometheus_client.multiprocess import MultiProcessCollector

from accounts.models import EventType, Figure, Outcome

LOCK_NAME: Final = "rollups.lock"
FILES: Final = "counter_*.db"

SAMPLES: Final[Mapping[tuple[str, frozenset[tuple[str, str]]], Figure]] = {
    ("authservice_audit_events_total", frozenset({("type", EventType.SIGN_IN), ("outcome", outcome)})): figure
    for outcome, figure in ((Outcome.SUCCESS, Figure.SIGN_INS), (Outcome.FAILURE, Figure.SIGN_IN_FAILURES))
}
RENEWED: Final = ("authservice_refreshes_total", frozenset({("answer", "renewed")}))
VERIFICATIONS: Final = "authservice_verifications_total"
"""With whatever answer."""

Counted = Mapping[Figure, int]


class Counters:
    """One directory is read by one worker at a time, however many are given it: the next takes over when it ends."""

    def __init__(self) -> None:
        self._lock: int | None = None

    def read(self) -> Counted | None:
        """All since the directory was made. None without one, and while another worker reads it."""
        if (directory := _find_directory()) is None or not self._holds(directory):
            return None
        counted = dict.fromkeys((*SAMPLES.values(), Figure.REFRESHES, Figure.VERIFICATIONS), 0.0)
        files = [str(path) for path in sorted(directory.glob(FILES))]
        for metric in MultiProcessCollector.merge(files):  # type: ignore[no-untyped-call]
            for sample in metric.samples:
                if (figure := _figure_of(sample.name, sample.labels)) is not None:
                    counted[figure] += sample.value
        return {figure: int(count) for figure, count in counted.items()}

    def _holds(self, directory: Path) -> bool:
        """Until this process ends."""
        if self._lock is not None:
            return True
        lock = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._lock = lock
        return True


def _find_directory() -> Path | None:
    """As the client's own collector finds it: by PROMETHEUS_MULTIPROC_DIR."""
    try:
        return Path(MultiProcessCollector(None)._path)  # type: ignore[no-untyped-call]  # noqa: SLF001
    except ValueError:
        return None


def _figure_of(name: str, labels: Mapping[str, str]) -> Figure | None:
    if name == VERIFICATIONS:
        return Figure.VERIFICATIONS
    key = (name, frozenset(labels.items()))
    return Figure.REFRESHES if key == RENEWED else SAMPLES.get(key)
