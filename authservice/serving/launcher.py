"""Starts the service: checks the port, prepares the database, then minds the server and the worker."""

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog

from authservice import __version__, logs
from authservice.env import ENV
from authservice.serving import health, ports, supervisor, welcome
from authservice.serving.children import Child
from authservice.serving.rundir import RunDirectory, run_directory
from authservice.serving.signals import STOP, Signals

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104  # the default only where ALLOWED_HOSTS had to be given
LOOPBACK: Final = "127.0.0.1"

log = structlog.get_logger("authservice.serving")


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 when told to stop, 1 when it could not start or the server ended by itself."""
    options = _parse(arguments)
    logs.configure(level=ENV.log_level, as_json=ENV.log_format == "json")
    if obstacle := ports.find_obstacle(options.host, ENV.port):
        print(obstacle, file=sys.stderr)  # noqa: T201  # a sentence to a person
        return 1
    signals = Signals()
    with run_directory(ENV.var_dir) as directory:
        # Written for the children, who inherit it: `authservice.env` stays the only reader.
        os.environ["AUTHSERVICE_STOPPING_FILE"] = str(directory.stopping_file)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory.metrics)
        code = _prepare(signals, migrate=options.migrate)
        return _serve(options, signals, directory) if code is None else code


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m authservice", description=__doc__)
    parser.add_argument(
        "--host",
        default=LOOPBACK if ENV.embedded else EVERYWHERE,
        help="the address to listen on (embedded mode: 127.0.0.1; else 0.0.0.0)",
    )
    parser.add_argument(
        "--migrate",
        action=argparse.BooleanOptionalAction,
        default=ENV.embedded,
        help="bring the database up to date first (the default in embedded mode)",
    )
    parser.add_argument("--reload", action="store_true", help="serve with Django's server, which reloads changed code")
    return parser.parse_args(arguments)


def _prepare(signals: Signals, *, migrate: bool) -> int | None:
    """None to go on, else the exit code."""
    child = Child("preparing", _python("-m", "authservice.serving.preparing", *(["migrate"] if migrate else [])))
    child.start()
    while child.is_running:
        if signals.wait(0.5) & STOP:
            child.kill()
            return 0
    return 1 if child.code else None


def _serve(options: argparse.Namespace, signals: Signals, directory: RunDirectory) -> int:
    if options.reload:
        command = _python("manage.py", "runserver", "--skip-checks", f"{options.host}:{ENV.port}")
    else:
        command = _python("-m", "authservice.serving.server", options.host)
    minding = supervisor.Supervisor(
        Child("server", command, stops_as_group=options.reload),
        Child("worker", _python("manage.py", "work")),
        signals=signals,
        directory=directory,
        grace_seconds=ENV.shutdown_grace,
    )
    reachable = LOOPBACK if options.host == EVERYWHERE else options.host
    return minding.run(is_ready=partial(health.answers, reachable, ENV.port), welcome=_welcome)


def _welcome() -> None:
    if ENV.embedded:
        print(welcome.text(url=f"http://localhost:{ENV.port}", var_dir=str(ENV.var_dir)), flush=True)  # noqa: T201
    else:
        log.info("serving", port=ENV.port, version=__version__)


def _python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]
