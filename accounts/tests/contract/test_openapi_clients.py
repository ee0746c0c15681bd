"""Clients that are generated from the document of the running service sign in, and tell refusals apart by type."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from accounts.tests.contract.conftest import Account
from accounts.tests.contract.installing import SCRIPTS, Node, Python
from accounts.tests.contract.programs import run, seen_by
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.sqlite, pytest.mark.timeout(600)]

GENERATION_SECONDS = 60
ASKED = "tokens:introspect"


@pytest.fixture
def credentials(servers: Servers, service: Server) -> list[str]:
    """Of a service client: its id and its secret."""
    printed = servers.database.manage("create_client", "orders", "--scope", ASKED)
    return [line.partition("=")[2] for line in printed.split()]


def expected(account: Account) -> dict[str, Any]:
    return {
        "registered": account.email,
        "type": "Bearer",
        "verified": account.email,
        "is_another_refresh": True,
        "user": "Ada",
        "service": [ASKED, True, account.email, {"active": False}, "unsupported_token_type"],
        "logged_out": 204,
        "after": [401, "session_revoked"],
        "wrong_password": [401, "invalid_credentials"],
    }


def test_openapi_python_client_makes_a_client_that_signs_in_and_out(
    python_clients: Python, service: Server, account: Account, credentials: list[str], tmp_path: Path
) -> None:
    made = tmp_path / "openapi_python_client_made"
    path = {"PATH": f"{python_clients.bin}{os.pathsep}{os.environ['PATH']}"}  # it formats what it made
    generator = python_clients.bin / "openapi-python-client"
    options = ("--url", f"{service.url}/api/schema", "--meta", "none", "--fail-on-warning", "--output-path")
    run(generator, "generate", *options, made, cwd=tmp_path, seconds=GENERATION_SECONDS, env=path)
    arguments = (service.url, *account.arguments, *credentials)
    assert seen(python_clients, "with_openapi_python_client.py", arguments, tmp_path) == expected(account)


def test_openapi_generator_makes_a_python_client_that_signs_in_and_out(
    python_clients: Python, service: Server, account: Account, credentials: list[str], tmp_path: Path
) -> None:
    generator = python_clients.bin / "openapi-generator-cli"
    options = ("-i", f"{service.url}/api/schema", "-g", "python", "--package-name", "openapi_generator_made", "-o")
    run(generator, "generate", *options, tmp_path, cwd=tmp_path, seconds=GENERATION_SECONDS)
    arguments = (service.url, *account.arguments, *credentials)
    assert seen(python_clients, "with_openapi_generator.py", arguments, tmp_path) == expected(account)


def test_openapi_typescript_makes_types_that_a_strict_client_compiles_with(
    node_clients: Node, service: Server, account: Account, credentials: list[str]
) -> None:
    directory, modules = node_clients.directory, node_clients.directory / "node_modules"
    (directory / "schema.d.ts").unlink(missing_ok=True)
    generator, options = modules / "openapi-typescript" / "bin" / "cli.js", ("-o", "schema.d.ts")
    run(node_clients.node, generator, f"{service.url}/api/schema", *options, cwd=directory, seconds=GENERATION_SECONDS)
    run(node_clients.node, modules / "typescript" / "bin" / "tsc", cwd=directory, seconds=GENERATION_SECONDS)
    script = directory / "with_openapi_fetch.js"
    arguments = (service.url, *account.arguments, *credentials)
    assert seen_by(node_clients.node, script, *arguments, cwd=directory) == expected(account)


def seen(python: Python, script: str, arguments: tuple[str, ...], made_in: Path) -> Any:
    """What a script saw with the client that was made in this directory; its types have to fit, too."""
    mypy = (sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent")
    place = ("--python-executable", python.python, "--cache-dir", made_in / "types")
    run(*mypy, *place, SCRIPTS / script, cwd=made_in, seconds=GENERATION_SECONDS, env={"MYPYPATH": str(made_in)})
    path = {"PYTHONPATH": str(made_in)}
    return seen_by(python.python, SCRIPTS / script, *arguments, cwd=made_in, env=path)
