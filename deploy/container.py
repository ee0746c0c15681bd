"""A container made by hand of namespaces and mounts, where there is buildah but no engine that runs images."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

NAME: Final = "authservice"
DEFAULT_PORT: Final = 8000
COMMAND_SECONDS: Final = 300
# The root is read-only but for the volume and /tmp, as with `docker run --read-only --tmpfs /tmp`.
ENTER: Final = """
set -eu
root=$1 var=$2 inside=$3 user=$4 directory=$5
shift 5
mount --bind "$root" "$root"
mount --bind "$var" "$root$inside"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" --groups= "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$directory" "$@"
"""


class Image:
    """The built image: its configuration, and its files under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", NAME))["Docker"]["config"]
        (self.volume,) = self.config["Volumes"]

    def new_volume(self, path: Path) -> Path:
        """Empty and with the mode that it has in the image, as engines make them."""
        path.mkdir()
        path.chmod((self.root / self.volume.lstrip("/")).stat().st_mode & 0o7777)
        return path

    def start(
        self, command: list[str], *, var: Path, user: str, output: BinaryIO | None = None, port: int = DEFAULT_PORT
    ) -> "subprocess.Popen[bytes]":
        """The command as the first process of a new container, on this machine's network."""
        environment = dict(entry.split("=", 1) for entry in self.config["Env"]) | {"PORT": str(port)}
        entering = ["/bin/sh", "-c", ENTER, "enter", str(self.root), str(var), self.volume, user]
        unshared = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *entering, self.config["WorkingDir"]]
        return subprocess.Popen(
            [*unshared, *command], env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )

    def run(self, command: list[str], *, var: Path, user: str, port: int = DEFAULT_PORT) -> int:
        with self.start(command, var=var, user=user, port=port) as process:
            return process.wait(COMMAND_SECONDS)


class Running:
    """The service in a container. What it says is in a file beside its volume."""

    def __init__(self, image: Image, *, var: Path, user: str, port: int) -> None:
        self.var = var
        self.port = port
        self._log = var.with_suffix(".log")
        with self._log.open("ab") as output:
            self._process = image.start(image.config["Entrypoint"], var=var, user=user, output=output, port=port)

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def first_process(self) -> int:
        """The number outside of what is number 1 inside; 0 when there is none."""
        return next(iter(_children(self._process.pid)), 0)

    def send(self, number: int) -> None:
        os.kill(self.first_process, number)

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def wait(self, seconds: float) -> int:
        return self._process.wait(seconds)

    def leave_an_orphan(self) -> None:
        """Start a process inside that its parent doesn't wait for."""
        orphan = ["nsenter", "--target", str(self.first_process), "--pid", "sh", "-c", "sleep 0.5 & exit 0"]
        subprocess.run(orphan, check=True, timeout=COMMAND_SECONDS)

    def zombies(self) -> list[int]:
        return [child for child in _children(self.first_process) if _state(child) == "Z"]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def _children(parent: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def _state(process: int) -> str:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


@contextmanager
def files_of_the_image() -> Iterator[Path]:
    container = buildah("from", "--pull-never", NAME)
    try:
        yield Path(buildah("mount", container))
    finally:
        buildah("rm", container)


def buildah(*arguments: str) -> str:
    command = ["buildah", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=COMMAND_SECONDS)
    return done.stdout.strip()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
