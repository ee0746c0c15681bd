"""Programs run to their end, within a time, with all that they started."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def run(*command: str | Path, cwd: Path, seconds: float, env: Mapping[str, str] | None = None) -> str:
    """What the program printed. AssertionError with its words when it fails; TimeoutExpired when it takes longer."""
    with subprocess.Popen(
        [str(each) for each in command],
        cwd=cwd,
        env=os.environ | dict(env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            printed, complaints = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    assert process.returncode == 0, f"{command[0]} ended with {process.returncode}:\n{printed}\n{complaints}"
    return printed


def seen_by(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> Any:
    """What a client script saw: it prints one JSON document."""
    return json.loads(run(*command, cwd=cwd, seconds=60, env=env))
