"""Starts a gateway on the configuration that we ship, with other ports and names."""

import http.client
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from accounts.tests.gateways import installing
from accounts.tests.gateways.sending import send
from accounts.tests.support.children import Child
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.ports import free_port

SHIPPED: Final = CHECKOUT / "deploy" / "gateways"
ISSUER: Final = "https://auth.example.com"
AUTHSERVICE, APPLICATION, WEB, DOOR = "8000", "9000", "8080", "8081"
"""The ports in the files that we ship."""
PORTS: Final = re.compile(rf"(?<=[: ])({AUTHSERVICE}|{APPLICATION}|{WEB}|{DOOR})\b")
START_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """How a gateway is started; `{}` is the directory with its configuration."""

    files: tuple[str, ...]
    arguments: tuple[str, ...]


KINDS: Final = {
    "nginx": Kind(("nginx.conf",), ("-p", "{}", "-c", "{}/nginx.conf", "-g", "daemon off; pid {}/nginx.pid;")),
    "caddy": Kind(("Caddyfile",), ("run", "--config", "{}/Caddyfile", "--adapter", "caddyfile")),
    "envoy": Kind(
        ("envoy.yaml",),
        ("-c", "{}/envoy.yaml", "--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"),
    ),
    "traefik": Kind(("traefik.yaml", "traefik-routes.yaml"), ("--configFile={}/traefik.yaml",)),
}


@dataclass(frozen=True, slots=True)
class Gateway:
    """One that runs."""

    name: str
    port: int
    child: Child

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def start(name: str, directory: Path, *, authservice: int, application: int, edits: Mapping[str, str]) -> Gateway:
    """Return once it answers. `directory` is for what it reads and writes; `edits` are made to what we ship."""
    kind, port = KINDS[name], free_port()
    ports = {AUTHSERVICE: authservice, APPLICATION: application, WEB: port, DOOR: free_port()}
    for file in kind.files:
        shipped = (SHIPPED / file).read_text(encoding="utf-8")
        (directory / file).write_text(_moved(shipped, ports, edits, directory), encoding="utf-8")
    child = Child(
        [str(installing.program(name)), *(argument.replace("{}", str(directory)) for argument in kind.arguments)],
        name=name,
        log=directory / "log",
        cwd=directory,
        env={"PATH": os.defpath, "HOME": str(directory)},
    )
    child.wait_until(lambda: _answers(port), seconds=START_SECONDS)
    return Gateway(name, port, child)


def _answers(port: int) -> bool:
    """With its routes in place, whether or not anything stands behind them."""
    try:
        return send(port, "/public/", timeout_seconds=2).status != HTTPStatus.NOT_FOUND
    except (OSError, http.client.HTTPException):
        return False


def _moved(shipped: str, ports: Mapping[str, int], edits: Mapping[str, str], directory: Path) -> str:
    moved = re.sub(PORTS, lambda found: str(ports[found[0]]), shipped)
    for old, new in {"/etc/traefik/": f"{directory}/", **edits}.items():
        moved = moved.replace(old, new)
    return moved
