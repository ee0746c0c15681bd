"""Starts the auth service (embedded) and this one, and tells what happens between them: `make example`."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from telling import HTTP, Refusal, call, free_port, manage, process, tell

HERE: Final = Path(__file__).resolve().parent
CHECKOUT: Final = HERE.parent.parent
VAR: Final = HERE / "var" / "story"
BOUND_SECONDS: Final = 2.0
DEADLINE_SECONDS: Final = 20.0
PASSWORD: Final = "violet otters juggle maps"  # noqa: S105 - of a story
ADA: Final = {"email": "ada@example.com", "password": PASSWORD, "first_name": "Ada"}


def main() -> int:
    shutil.rmtree(VAR, ignore_errors=True)
    VAR.mkdir(parents=True)
    with authservice() as (auth, auth_env), orders(auth, auth_env) as shop:
        counting = service_token(auth, auth_env, "reports", "--scope", "orders:count")
        operating = service_token(auth, auth_env, "operations", "--scope", "users:admin")
        suspending(auth, shop, operating)
        deleting(auth, shop, operating, counting)
    tell("Both are stopped.")
    return 0


@contextmanager
def authservice() -> Iterator[tuple[HTTP, dict[str, str]]]:
    """As `make run` starts it, on a port and a database of its own."""
    port = free_port()
    env = {"PORT": str(port), "AUTHSERVICE_VAR": str(VAR / "authservice"), "LOG_LEVEL": "WARNING"}
    auth = HTTP(f"http://localhost:{port}")
    with process([sys.executable, "-m", "authservice"], cwd=CHECKOUT, env=env, log=VAR / "authservice.log") as running:
        running.wait_for(auth, "/readyz")
        tell(f"The auth service runs at {auth.url}, on SQLite.")
        yield auth, env


@contextmanager
def orders(auth: HTTP, auth_env: dict[str, str]) -> Iterator[HTTP]:
    """With a client of its own: scopes to follow the notices and to look people up, and it holds personal data."""
    scopes = ("--scope", "notices:read", "--scope", "users:read", "--holds-personal-data")
    client_id, secret = create_client(auth_env, "orders", *scopes)
    port = free_port()
    env = {
        "PYTHONPATH": os.pathsep.join([str(HERE), str(CHECKOUT / "connector" / "src")]),
        "ORDERS_VAR": str(VAR),
        "AUTHSERVICE_URL": auth.url,
        "AUTHSERVICE_CLIENT_ID": client_id,
        "AUTHSERVICE_CLIENT_SECRET": secret,
    }
    manage(HERE, "migrate", "--verbosity=0", env=env)
    serve = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "4"]
    shop = HTTP(f"http://localhost:{port}")
    with process([*serve, "orders.wsgi:application"], cwd=HERE, env=env, log=VAR / "orders.log") as running:
        running.wait_for(shop, "/healthz")
        tell(f"The order service runs at {shop.url}, on its own SQLite, as the service client {client_id}.")
        yield shop


def create_client(auth_env: dict[str, str], *arguments: str) -> tuple[str, str]:
    printed = manage(CHECKOUT, "create_client", *arguments, env=auth_env)
    lines = dict(line.split("=", 1) for line in printed.splitlines() if line.startswith("CLIENT_"))
    return lines["CLIENT_ID"], lines["CLIENT_SECRET"]


def service_token(auth: HTTP, auth_env: dict[str, str], *arguments: str) -> str:
    client_id, secret = create_client(auth_env, *arguments)
    named = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return str(call(auth, "POST", "/auth/token", named)["access_token"])


def suspending(auth: HTTP, shop: HTTP, operating: str) -> None:
    ada = call(auth, "POST", "/auth/register", ADA)
    token = sign_in(auth)
    tell("Ada signs in at the auth service.")
    order(shop, token, "a difference engine")
    call(auth, "POST", f"/users/{ada['id']}/suspend", {"reason": "a story"}, token=operating)
    tell("Ada is suspended at the auth service.")
    tell(f"The order service refuses her token {refused_after(shop, token):.1f} s later, without having asked.")
    call(auth, "POST", f"/users/{ada['id']}/reinstate", token=operating)
    tell("Ada is reinstated, and signs in anew.")


def deleting(auth: HTTP, shop: HTTP, operating: str, counting: str) -> None:
    token = sign_in(auth)
    user_id = call(auth, "GET", "/auth/user", token=token)["id"]
    order(shop, token, "a loom")
    found = call(shop, "GET", "/orders", token=token)["list"]
    tell(f"She is whom she was: {', '.join(each['article'] for each in found)}.")
    call(auth, "POST", "/auth/user/delete", {"password": PASSWORD}, token=token)
    tell("Ada deletes her account.")
    tell(f"The order service refuses her token {refused_after(shop, token):.1f} s later.")
    wait_until("her orders are gone", lambda: call(shop, "GET", "/orders/count", token=counting)["orders"] == 0)
    tell("Her orders are gone; a service with the scope orders:count counts 0.")
    path = f"/users/{user_id}/deletion"
    wait_until("the receipt is there", lambda: bool(call(auth, "GET", path, token=operating)["completed_at"]))
    for consumer in call(auth, "GET", path, token=operating)["consumers"]:
        tell(f"The receipt: {consumer['client_id']} acknowledged at {consumer['acknowledged_at']}.")


def sign_in(auth: HTTP) -> str:
    answer = call(auth, "POST", "/auth/login", {name: ADA[name] for name in ("email", "password")})
    return str(answer["access"])


def order(shop: HTTP, token: str, article: str) -> None:
    call(shop, "POST", "/orders", {"article": article}, token=token)
    tell(f"Ada orders {article}.")


def refused_after(shop: HTTP, token: str) -> float:
    """Seconds until the first 401. SystemExit beyond the bound."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) <= BOUND_SECONDS:
        try:
            call(shop, "GET", "/orders", token=token)
        except Refusal as refusal:
            if refusal.status == 401:  # noqa: PLR2004
                return waited
            raise
    sys.exit(f"Still accepted after {BOUND_SECONDS} s.")


def wait_until(what: str, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            sys.exit(f"After {DEADLINE_SECONDS:.0f} s it is not so that {what}.")
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())
