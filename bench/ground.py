"""What is measured, running: PostgreSQL, a database for each project with people in it, and the servers."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from accounts.tests.support import children, environment
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.postgresql import PostgreSQL
from bench import cores, servers
from bench.contest import Project, Tokens
from bench.cores import Cores
from bench.servers import TARGETS, THREADS, Server

SEEDS: Final = {Project.AUTHSERVICE: "bench.seeding", Project.STOCK: "bench.stock.seeding"}


@dataclass(frozen=True, slots=True)
class Ground:
    """Each project's server and the people it knows; the bare hello knows authservice's."""

    servers: Mapping[Project, Server]
    people: Mapping[Project, Path]
    cluster: PostgreSQL
    env: Mapping[str, str]
    """Of authservice's own processes."""


@contextmanager
def prepared(pins: Cores, *, users: int, tokens: Mapping[Tokens, int]) -> Iterator[Ground]:
    """Everything runs meanwhile, and is gone afterwards. `tokens`: how many to be sent once each."""
    environment.clear()
    try:
        directory, cluster = environment.session_directory(), environment.postgresql()
        with cores.pinned_to(pins.load):
            cluster.start()
        environments = _environments(cluster, directory)
        people = _seed(cluster, environments, directory, users, tokens)
        running = {
            project: servers.start(project, environments[project], cores=[pins.server])[0] for project in TARGETS
        }
        yield Ground(running, people, cluster, environments[Project.AUTHSERVICE])
    except BaseException as exc:
        for name, log in children.logs_since(0).items():
            exc.add_note(f"-- log of {name}\n{log[-2000:]}")
        raise
    finally:
        children.stop_all()
        environment.remove_session_directory()


def _environments(cluster: PostgreSQL, directory: Path) -> dict[Project, dict[str, str]]:
    ours = {
        "DJANGO_SETTINGS_MODULE": "authservice.settings",
        "DATABASE_URL": cluster.url(Project.AUTHSERVICE),
        "AUTHSERVICE_VAR": str(directory),
        "SECRET_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "127.0.0.1",
        "AUTH_ISSUER": "https://auth.example.com",
        "AUTH_ACCESS_LIFETIME": "3600",  # longer than the longest run
        "AUTH_MAX_CONCURRENT_HASHES": "1",  # one a core, and the server has one core
        "SERVER_THREADS": str(THREADS),
    }
    stock = {
        "DJANGO_SETTINGS_MODULE": "bench.stock.settings",
        "STOCK_DATABASE_URL": cluster.url(Project.STOCK),
        "STOCK_SECRET_KEY": secrets.token_hex(32),
        "STOCK_SIGNING_KEY": signing_key(),
    }
    return {
        Project.AUTHSERVICE: ours,
        Project.STOCK: stock,
        Project.STOCK_WITHOUT_BLACKLIST: stock | {"STOCK_BLACKLIST": "off"},
        Project.HELLO: {},
    }


def signing_key() -> str:
    """A new ES256 key as PEM."""
    private = ec.generate_private_key(ec.SECP256R1())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def _seed(
    cluster: PostgreSQL,
    environments: Mapping[Project, Mapping[str, str]],
    directory: Path,
    users: int,
    tokens: Mapping[Tokens, int],
) -> dict[Project, Path]:
    """Both at once: nothing is measured yet."""
    files = {project: directory / f"{project}.json" for project in SEEDS}
    calls = {project: f"seed(pathlib.Path({str(files[project])!r}), {users})" for project in SEEDS}
    further = "".join(f", {kind}={count}" for kind, count in tokens.items())
    calls[Project.AUTHSERVICE] = calls[Project.AUTHSERVICE].removesuffix(")") + further + ")"
    for project in SEEDS:
        cluster.create_database(project)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda project: fill(project, calls[project], environments[project]), SEEDS))
    for project in SEEDS:
        cluster.execute("VACUUM ANALYZE", database=project)  # the cluster has no autovacuum
    return files | {
        Project.STOCK_WITHOUT_BLACKLIST: files[Project.STOCK],
        Project.HELLO: files[Project.AUTHSERVICE],
        Project.HASH: files[Project.AUTHSERVICE],
    }


def fill(project: Project, call: str, env: Mapping[str, str]) -> None:
    """Migrate, and call what the project's seed has."""
    script = f"import pathlib; from {SEEDS[project]} import *; {call}"
    for command in (["migrate", "--verbosity=0"], ["shell", "--no-imports", "-c", script]):
        manage(project, command, env)


def manage(project: Project, command: Sequence[str], env: Mapping[str, str]) -> str:
    """What it printed. RuntimeError with its words when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "django", *command],
        cwd=CHECKOUT,
        env=os.environ | dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{project}: {command[0]} failed:\n{done.stderr}")
    return done.stdout
