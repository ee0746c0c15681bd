"""The story that `docs/requests.http` tells is true, request by request."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

import pytest
from django.test import Client

from accounts.tests.support import factories
from accounts.tests.support.environment import CHECKOUT

REQUEST: Final = re.compile(
    r"^### (?P<title>.*) \((?P<status>\d{3})\)\n(?:# @name (?P<name>\w+)\n)?"
    r"(?P<method>[A-Z]+) \{\{host\}\}(?P<path>\S+)\n(?P<headers>(?:[\w-]+: .*\n)*)(?:\n(?P<body>\{.*\})\n)?",
    re.MULTILINE,
)
VARIABLE: Final = re.compile(r"^@(\w+) = (.*)$", re.MULTILINE)
PLACEHOLDER: Final = re.compile(r"\{\{([^{}]+)\}\}")
FROM_ANSWER: Final = re.compile(r"(\w+)\.response\.body\.\$\.(.+)")


@dataclass
class Teller:
    """Fills in what is between double braces, and sends."""

    variables: dict[str, str]
    answers: dict[str, Any]
    client: Client

    def fill(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda match: self._value(match[1]), text)

    def _value(self, name: str) -> str:
        if not (found := FROM_ANSWER.fullmatch(name)):
            return self.fill(self.variables[name])
        value = self.answers[found[1]]
        for step in re.findall(r"\w+", found[2]):
            value = value[int(step)] if step.isdigit() else value[step]
        return str(value)

    def send(self, request: re.Match[str]) -> int:
        headers = dict(line.split(": ", 1) for line in self.fill(request["headers"]).splitlines())
        response = self.client.generic(
            request["method"],
            self.fill(request["path"]),
            self.fill(request["body"] or ""),
            content_type=headers.pop("Content-Type", ""),
            headers=headers,
        )
        if request["name"]:
            self.answers[request["name"]] = json.loads(response.content)
        return response.status_code


@pytest.mark.django_db
def test_every_request_is_answered_as_its_title_says(client: Client) -> None:
    text = (CHECKOUT / "docs" / "requests.http").read_text(encoding="utf-8")
    requests = list(REQUEST.finditer(text))
    assert len(requests) == text.count("\n###")
    teller = Teller(dict(VARIABLE.findall(text)), {}, client)
    assert teller.variables.pop("host") == "http://localhost:8000"
    staff = {name: teller.variables[f"staff_{name}"] for name in ("email", "password")}
    factories.make_user(**staff, is_staff=True, is_superuser=True)
    for request in requests:
        assert (request["title"], teller.send(request)) == (request["title"], int(request["status"]))
