"""A directory for one run of the service: the marker that it is stopping, and its processes' metrics."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LOCK_NAME: Final = "lock"


@dataclass(frozen=True, slots=True)
class RunDirectory:
    path: Path

    @property
    def stopping_file(self) -> Path:
        """Readiness is false from the moment that this exists."""
        return self.path / "stopping"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics"


@contextlib.contextmanager
def run_directory(var_dir: Path) -> Iterator[RunDirectory]:
    """A fresh directory under `var_dir`, which may be shared with other runs; removed at the end."""
    runs = var_dir / "run"
    runs.mkdir(parents=True, exist_ok=True)
    with _locked(runs / LOCK_NAME, fcntl.LOCK_EX):
        _sweep(runs)
        path = Path(tempfile.mkdtemp(prefix="run-", dir=runs))
        lock = (path / LOCK_NAME).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    directory = RunDirectory(path)
    directory.metrics.mkdir()
    try:
        yield directory
    finally:
        shutil.rmtree(path, ignore_errors=True)
        lock.close()


def _sweep(runs: Path) -> None:
    """Remove what runs left behind that could not clean up; a live one holds its lock."""
    for path in runs.glob("run-*"):
        with contextlib.suppress(OSError), _locked(path / LOCK_NAME, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(path)


@contextlib.contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
