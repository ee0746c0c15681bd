"""The order service of examples/orders/ in real processes, as many as a test wants, on a database of their own."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from accounts.tests.contract.programs import run
from accounts.tests.support.databases import Database
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.http import JSONClient, Response
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Server, Servers

ORDERS: Final = CHECKOUT / "examples" / "orders"
APPLICATION: Final = "orders.wsgi:application"
UNDER_FAULTS: Final = "accounts.tests.races.connector.under_faults:application"
PYTHONPATH: Final = os.pathsep.join([str(ORDERS), str(CHECKOUT / "connector" / "src")])
TEMPLATE: Final = "orders"
SCOPES: Final = ("notices:read", "users:read")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an operator writes into the order service's environment."""

    url: str
    client_id: str
    secret: str

    @property
    def env(self) -> dict[str, str]:
        return {
            "AUTHSERVICE_URL": self.url,
            "AUTHSERVICE_ISSUER": os.environ["AUTH_ISSUER"],
            "AUTHSERVICE_CLIENT_ID": self.client_id,
            "AUTHSERVICE_CLIENT_SECRET": self.secret,
        }


def make_template(cluster: PostgreSQL, directory: Path) -> None:
    """The service's own migrations, once a run."""
    cluster.create_database(TEMPLATE)
    env = _env(cluster, TEMPLATE, directory)
    run(sys.executable, "manage.py", "migrate", "--verbosity=0", cwd=ORDERS, seconds=60, env=env)


def create_database(cluster: PostgreSQL, name: str, directory: Path) -> Database:
    cluster.create_database(name, template=TEMPLATE)
    return Database(name, _env(cluster, name, directory))


def _env(cluster: PostgreSQL, name: str, directory: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": cluster.url(name),
        "DJANGO_SETTINGS_MODULE": "orders.settings",
        "PYTHONPATH": PYTHONPATH,
        "ORDERS_VAR": str(directory),
    }


def start(
    shops: Servers, credentials: Credentials, number: int = 1, *, env: Mapping[str, str] | None = None
) -> list[Server]:
    target = UNDER_FAULTS if env else APPLICATION
    return shops.start(number, target=target, env=credentials.env | dict(env or {}))


def orders(client: JSONClient, token: str) -> Response:
    """One's own."""
    return client.get("/orders", token=token)


def order(shop: Server, token: str, article: str = "a loom") -> None:
    with shop.client() as client:
        answer = client.post("/orders", {"article": article}, token=token)
    assert answer.status == 201, answer
