"""Logs in by gql, which reads our schema and checks its documents by it: `python with_gql.py URL EMAIL PASSWORD`."""

import json
import sys
from typing import Any

from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { access user { email } } }"


def main(url: str, email: str, password: str) -> dict[str, object]:
    anyone = client(url)
    login = asked(anyone, LOGIN, input={"email": email, "password": password})["login"]
    return {
        "login": login["user"]["email"],
        "me": asked(client(url, login["access"]), "{ me { email } }")["me"]["email"],
        "without_token": refused(anyone, "{ me { email } }"),
        "wrong_password": refused(anyone, LOGIN, input={"email": email, "password": "wrong"}),
    }


def client(url: str, token: str | None = None) -> Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Client(transport=HTTPXTransport(url=url, headers=headers), fetch_schema_from_transport=True)


def asked(who: Client, document: str, **variables: object) -> dict[str, Any]:
    request = gql(document)
    request.variable_values = variables
    return dict(who.execute(request))


def refused(who: Client, document: str, **variables: object) -> str:
    try:
        answer = asked(who, document, **variables)
    except TransportQueryError as exc:
        return str(exc.errors[0]["extensions"]["code"])
    raise AssertionError(f"not refused: {answer}")


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
