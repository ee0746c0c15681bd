"""`/api/schema`, `/api/docs`, `/api/redoc`."""

import re
from contextlib import closing
from html.parser import HTMLParser
from typing import Any

import pytest
import yaml
from rest_framework.test import APIClient

from accounts.models import PROFILE_FIELDS

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class References(HTMLParser):
    """Whatever a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in {"src", "href", "spec-url"} and value]


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/vnd.oai.openapi+json"])
def test_the_document_is_json_unless_told(api: APIClient, accept: str | None) -> None:
    headers: dict[str, Any] = {"HTTP_ACCEPT": accept} if accept else {}
    answer = api.get("/api/schema", **headers)
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    assert "/auth/login" in document["paths"]
    assert not [path for path in document["paths"] if path.endswith("/")]


@pytest.mark.parametrize(
    ("query", "accept"),
    [("?format=yaml", "*/*"), ("?format=yaml", BROWSER), ("", "application/yaml"), ("", "application/vnd.oai.openapi")],
)
def test_the_document_is_yaml_when_asked_for(api: APIClient, query: str, accept: str) -> None:
    answer = api.get(f"/api/schema{query}", HTTP_ACCEPT=accept)
    assert answer.status_code == 200
    assert not answer.content.startswith(b"{")
    assert yaml.safe_load(answer.content)["info"]["title"] == "authservice"


def test_a_browser_is_sent_to_the_page(api: APIClient) -> None:
    answer = api.get("/api/schema", HTTP_ACCEPT=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/api/docs")


@pytest.mark.django_db  # where a request begins, Django looks at a connection that an earlier test has broken
@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
def test_a_page_has_no_foreign_host(api: APIClient, path: str) -> None:
    answer = api.get(path, HTTP_ACCEPT=BROWSER)
    assert answer.status_code == 200
    page = References()
    page.feed(answer.content.decode())
    assert [link for link in page.found if not link.startswith(("/", "data:")) or link.startswith("//")] == []
    assert re.findall(r"https?://[^\s\"'<]+", answer.content.decode()) == []
    for link in page.found:
        if link.startswith("/static/"):
            with closing(api.get(link)) as asset:
                assert asset.status_code == 200, link


@pytest.mark.parametrize("path", ["/api/docs", "/api/redoc"])
def test_a_page_may_load_from_here_alone(api: APIClient, path: str) -> None:
    policy = api.get(path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy


def test_the_script_of_the_page_asks_no_outside_validator(api: APIClient) -> None:
    links = References()
    links.feed(api.get("/api/docs").content.decode())
    (script,) = [link for link in links.found if "script" in link]
    text = api.get(script.replace("&amp;", "&")).content.decode()
    assert '"validatorUrl": null' in text
    assert re.findall(r"https?://[^\s\"']+", text) == []


def test_every_profile_field_is_in_the_document(api: APIClient) -> None:
    schemas = api.get("/api/schema").json()["components"]["schemas"]
    for name in ("RegisterRequest", "PatchedProfileRequest", "UserResponse"):
        assert set(PROFILE_FIELDS) <= set(schemas[name]["properties"]), name


def good_answers(api: APIClient) -> list[tuple[str, dict[str, Any]]]:
    """Of every operation, by its name."""
    paths = api.get("/api/schema").json()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    return [
        (operation["operationId"], answer)
        for operation in operations
        for status, answer in operation["responses"].items()
        if status < "400"
    ]


def test_every_good_answer_is_described(api: APIClient) -> None:
    assert [name for name, answer in good_answers(api) if not answer["description"]] == []


def examples(api: APIClient) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Of good answers, each with the members that its schema names."""
    schemas = api.get("/api/schema").json()["components"]["schemas"]
    bodies = [answer.get("content", {}).get("application/json", {}) for _, answer in good_answers(api)]
    return [
        (schemas[body["schema"]["$ref"].rpartition("/")[2]]["properties"], example["value"])
        for body in bodies
        for example in body.get("examples", {}).values()
    ]


def test_an_example_of_an_answer_has_its_members_and_no_others(api: APIClient) -> None:
    for properties, value in examples(api):
        assert set(value) == set(properties)


def test_examples_of_deletions_do_not_contradict_themselves(api: APIClient) -> None:
    deletions = [value for _, value in examples(api) if "completed_at" in value]
    assert len(deletions) == 2 * 2 + 2 * 3
    for deletion in deletions:
        consumers = deletion.get("consumers", [])
        assert all((each["acknowledged_at"] is None) == (each["state"] == "pending") for each in consumers)
        is_waiting = any(each["state"] == "pending" for each in consumers) and not deletion["forced_by"]
        assert deletion["completed_at"] is None if is_waiting else not consumers or deletion["completed_at"]
