"""The commands over the project's packages: bring the environment in step, lock, add."""

import argparse
import sys
from collections.abc import Sequence

from tools import environment, pipfiles

LOCK_WITH = (3, 11)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bootstrap", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("default", help="what the service needs")
    commands.add_parser("dev", help="that, and what its developers need")
    commands.add_parser("lock", help="choose the newest allowed versions")
    adding = commands.add_parser("add", help="add a package to the Pipfile and the lock file")
    adding.add_argument("package")
    adding.add_argument("--dev", action="store_true")
    try:
        _do(parser.parse_args(arguments))
    except environment.BootstrapError as exc:
        print(exc, file=sys.stderr)
    except OSError as exc:
        print(f"The environment could not be made: {exc.strerror}: {exc.filename}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Interrupted; the next call begins anew.", file=sys.stderr)
    else:
        return 0
    return 1


def _do(options: argparse.Namespace) -> None:
    if options.command == "lock":
        _lock()
    elif options.command == "add":
        _add(options.package, dev=options.dev)
    else:
        environment.prepare(dev=options.command == "dev")


def _lock() -> None:
    _demand_oldest_python()
    print("Choosing versions …", flush=True)
    environment.pipenv(["lock", "--dev"])
    pipfiles.normalise(environment.ROOT)
    environment.prepare(dev=True)


def _add(package: str, *, dev: bool) -> None:
    if not package:
        raise environment.BootstrapError('Which package? make add PKG="name~=1.2"')
    _demand_oldest_python()
    environment.prepare(dev=True)
    print(f"Adding {package} …", flush=True)
    with pipfiles.restored_on_failure(environment.ROOT):
        environment.pipenv(["upgrade", *(["--dev"] if dev else []), package])
        pipfiles.normalise(environment.ROOT)
    environment.prepare(dev=True)


def _demand_oldest_python() -> None:
    """A newer Python would leave out of the lock what only the oldest needs, such as backports."""
    if sys.version_info[:2] != LOCK_WITH:
        oldest = ".".join(map(str, LOCK_WITH))
        raise environment.BootstrapError(f"Versions are chosen with the oldest Python served: PYTHON=python{oldest}")
