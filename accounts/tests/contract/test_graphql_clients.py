"""GraphQL clients in use elsewhere log in, read who they are, and find the code of a refusal where it belongs."""

import pytest

from accounts.tests.contract.conftest import Account
from accounts.tests.contract.installing import SCRIPTS, Node, Python
from accounts.tests.contract.programs import seen_by
from accounts.tests.support.processes import Server

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.sqlite, pytest.mark.timeout(600)]

IN_NODE = ("apollo", "graphql_request", "urql")


@pytest.fixture
def registered(service: Server, account: Account) -> Account:
    with service.client() as client:
        answer = client.post("/auth/register", {"email": account.email, "password": account.password})
    assert answer.status == 201
    return account


def expected(account: Account) -> dict[str, str]:
    return {
        "login": account.email,
        "me": account.email,
        "without_token": "not_authenticated",
        "wrong_password": "invalid_credentials",
    }


def test_gql_logs_in_and_sees_codes(python_clients: Python, service: Server, registered: Account) -> None:
    arguments = (f"{service.url}/graphql", *registered.arguments)
    seen = seen_by(python_clients.python, SCRIPTS / "with_gql.py", *arguments, cwd=python_clients.directory)
    assert seen == expected(registered)


@pytest.mark.parametrize("client", IN_NODE)
def test_clients_in_node_log_in_and_see_codes(
    node_clients: Node, service: Server, registered: Account, client: str
) -> None:
    directory, arguments = node_clients.directory, (f"{service.url}/graphql", *registered.arguments)
    seen = seen_by(node_clients.node, directory / f"with_{client}.js", *arguments, cwd=directory)
    assert seen == expected(registered)
