"""Asks the GraphQL door as a client does, and says what came back."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from rest_framework.test import APIClient

JSON = "application/json; charset=utf-8"
NEWER = "application/graphql-response+json"
T = TypeVar("T")

SECONDS = 0.5
"""Of work, within which bad input is refused, whatever the machine."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` and `errors` of an answer with the media type that was asked for."""

    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def data(self) -> Any:
        """AssertionError when anything was refused."""
        assert "errors" not in self.body, self.body
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        errors: list[dict[str, Any]] = self.body.get("errors", [])
        return errors

    @property
    def code(self) -> str:
        """The one code that all errors have."""
        (code,) = {error["extensions"]["code"] for error in self.errors}
        return str(code)

    @property
    def field_errors(self) -> list[tuple[str, str]]:
        """Field and code, of the one error."""
        (error,) = self.errors
        return [(each["field"], each["code"]) for each in error["extensions"]["errors"]]


def ask(
    query: str,
    variables: Mapping[str, Any] | None = None,
    *,
    token: str = "",
    operation_name: str | None = None,
    accept: str = "",
) -> Answer:
    """One POST of JSON; `variables` may hold what is no Unicode."""
    body = {"query": query, "variables": variables, "operationName": operation_name}
    return send(json.dumps(body).encode(), token=token, accept=accept)


def send(body: bytes, *, token: str = "", accept: str = "", content_type: str = "application/json") -> Answer:
    """Any bytes as a body; AssertionError unless the answer is JSON."""
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    headers |= {"HTTP_ACCEPT": accept} if accept else {}
    client = APIClient(raise_request_exception=False)
    return read(client.generic("POST", "/graphql", body, content_type=content_type, **headers))  # type: ignore[arg-type]


def get(parameters: Mapping[str, str], **headers: Any) -> Answer:
    return read(APIClient(raise_request_exception=False).get("/graphql", parameters, **headers))


def read(response: Any) -> Answer:
    """What every answer has in common, looked at in one place."""
    assert not response.cookies
    assert response.headers["Cache-Control"] == "no-store"
    return Answer(response.status_code, response.headers, json.loads(response.content.decode()))


def hurried(query: str, variables: Mapping[str, Any] | None = None, *, token: str = "") -> Answer:
    """As `ask`; AssertionError when it took longer than bad input may take."""
    return in_time(lambda: ask(query, variables, token=token))


def in_time(work: Callable[[], T]) -> T:
    """What `work` gives, tried up to three times: a crowded machine slows one try, a costly document every one."""
    for _ in range(3):
        begun = time.process_time()
        result = work()
        if time.process_time() - begun < SECONDS:
            return result
    raise AssertionError(f"It took more than {SECONDS} s of work each time.")


def written(text: str, times: int) -> str:
    """The text so many times, with the number of the turn in place of each `%`."""
    return "".join(text.replace("%", str(turn)) for turn in range(times))
