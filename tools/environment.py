"""The project's two virtual environments: `.venv/` from `Pipfile.lock`, and `.tools/` with the Pipenv that makes it."""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
TOOLS_VENV: Final = ROOT / ".tools"
PIPENV_PINS: Final = ROOT / "tools" / "pipenv.txt"
LOG: Final = ROOT / "var" / "log" / "bootstrap.log"
STAMP: Final = "authservice-stamp"
OFFLINE: Final = re.compile(
    r"NewConnectionError|NameResolutionError|Connection refused|name resolution|Name or service not known"
    r"|Network is unreachable|No route to host|timed out|ProxyError|Max retries exceeded|No matching distribution"
    r"|ConnectionError|connection broken",
    re.IGNORECASE,
)


class BootstrapError(Exception):
    """What stops us, as the one sentence that says what to do."""


def prepare(*, dev: bool) -> None:
    if Path(sys.prefix).resolve() in {VENV, TOOLS_VENV}:  # an activated one would have to delete itself
        os.execv(base_python(), [base_python(), "-m", "tools.bootstrap", *sys.argv[1:]])
    if _in_step(dev=dev):
        return
    with _only_one():
        if not _in_step(dev=dev):  # another call may have done it meanwhile
            _sync(dev=dev)


def base_python() -> str:
    """The interpreter beneath whatever environment is active."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _in_step(*, dev: bool) -> bool:
    wanted = ["dev"] if dev else ["default", "dev"]
    return (VENV / "bin" / "python").exists() and _read_stamp(VENV) in [_venv_stamp(group) for group in wanted]


def _venv_stamp(group: str) -> str:
    return _stamp(ROOT / "Pipfile.lock") + f"\n{group}\n"


def _stamp(source: Path) -> str:
    """What an environment depends on: its packages, the Python, and its own place, which its scripts have in them."""
    return "\n".join([hashlib.sha256(source.read_bytes()).hexdigest(), *_identity()])


def _identity() -> list[str]:
    return [str(ROOT), sys.base_prefix, platform.python_implementation(), sys.version.split()[0], platform.machine()]


def _read_stamp(venv: Path) -> str:
    try:
        return (venv / STAMP).read_text(encoding="utf-8")
    except OSError:
        return ""


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Calls at the same time wait for each other."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with (LOG.parent / "bootstrap.lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sync(*, dev: bool) -> None:
    _make_tools()
    group = "dev" if dev else "default"
    # Without its stamp an environment was left half made; with another place or Python in it, it can't be mended.
    if _read_stamp(VENV).split("\n")[1:-2] != _identity():
        _remove(VENV)
    (VENV / STAMP).unlink(missing_ok=True)
    print(f"Installing the packages of Pipfile.lock into .venv/ ({group}); once, for about a minute …", flush=True)
    pipenv(["sync", *(["--dev"] if dev else [])])
    (VENV / STAMP).write_text(_venv_stamp(group), encoding="utf-8")


def _make_tools() -> None:
    stamp = _stamp(PIPENV_PINS)
    if _read_stamp(TOOLS_VENV) == stamp and (TOOLS_VENV / "bin" / "python").exists():
        return
    _demand_venv_module()
    _remove(TOOLS_VENV)
    print("Installing Pipenv into .tools/ …", flush=True)
    LOG.unlink(missing_ok=True)
    _run([base_python(), "-m", "venv", str(TOOLS_VENV)])
    _run([str(TOOLS_VENV / "bin" / "python"), "-m", "pip", "install", "-r", str(PIPENV_PINS)])
    (TOOLS_VENV / STAMP).write_text(stamp, encoding="utf-8")


def _demand_venv_module() -> None:
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise BootstrapError(
            f"This Python {platform.python_version()} comes without its `{missing[0]}` module; install it"
            " (on Debian and Ubuntu: apt-get install python3-venv) or name another Python:"
            f" make {os.environ.get('GOAL', 'run')} PYTHON=/path/to/python3"
        )


def _remove(venv: Path) -> None:
    if venv.is_symlink():
        venv.unlink()
    elif venv.exists():
        shutil.rmtree(venv)


def pipenv(arguments: Sequence[str]) -> None:
    """Run the pinned Pipenv on the project, its words in the log; raise BootstrapError when it fails."""
    _make_tools()
    _run([str(TOOLS_VENV / "bin" / "python"), "-m", "pipenv", *arguments])


def _run(command: Sequence[str]) -> None:
    with LOG.open("a+", encoding="utf-8", errors="replace") as log:
        begin = log.seek(0, os.SEEK_END)
        done = subprocess.run(
            command, cwd=ROOT, env=_child_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
        )
        if done.returncode == 0:
            return
        log.seek(begin)
        said = log.read()
    shown = LOG.relative_to(ROOT)
    if OFFLINE.search(said):
        raise BootstrapError(
            "The packages could not be downloaded; see that this machine reaches its Python package index"
            f" (network, proxy, pip's configuration) and call again; pip's words are in {shown}."
        )
    raise BootstrapError(f"Installing the packages failed; the reason is at the end of {shown}.")


def _child_environment() -> dict[str, str]:
    """The caller's environment without what would lead Pipenv to another project or another environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIPENV_")}
    for name in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__"):
        kept.pop(name, None)
    return (
        {"PIP_RETRIES": "2", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        | kept
        | {
            "PIP_USER": "0",
            "PIPENV_VENV_IN_PROJECT": "1",
            "PIPENV_IGNORE_VIRTUALENVS": "1",
            "PIPENV_PIPFILE": str(ROOT / "Pipfile"),
            "PIPENV_DONT_LOAD_ENV": "1",
            "PIPENV_NOSPIN": "1",
            "PIPENV_YES": "1",
            "PIPENV_VERBOSITY": "-1",
        }
    )
