"""What is written down is what is there: settings, routes, codes."""

import re
from typing import Any, cast

from django.urls import URLPattern
from drf_spectacular.generators import SchemaGenerator

from accounts.models import EventType, NoticeType, Scope
from accounts.rest import urls
from accounts.rest.problems import CONTENT_TYPE as PROBLEM
from accounts.rest.problems import STATUS_BY_CODE
from accounts.tests.architecture.sources import ROOT, modules
from accounts.tests.support.oauth import FORM, OAUTH_PATHS
from authservice import env

UNDOCUMENTED_ROUTES = {
    "",
    "api/schema",
    "api/docs",
    "api/redoc",
    "api/redoc.js",
    "problems/{code}",
    "account/reset-password",
    "account/verify-email",
    "account/cancel-deletion",
}  # pages, not operations


def names_in(document: str, pattern: str) -> list[str]:
    return re.findall(pattern, (ROOT / document).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_setting_is_documented_and_no_other() -> None:
    read = sorted(set(env.ENV.names))
    assert sorted(names_in("docs/settings.md", r"^\| `([A-Z_]+)` \|")) == read
    assert sorted(names_in(".env.example", r"^#([A-Z_]+)=")) == read


def test_the_environment_has_one_reader() -> None:
    """The launcher writes for its children, and Prometheus' client has its own variable."""
    readers = {module.name for module in modules() if not module.is_test and "os.environ" in module.text}
    allowed = {"authservice/env.py", "manage.py", "authservice/wsgi.py", "authservice/asgi.py", "authservice/probes.py"}
    assert {
        name for name in readers - allowed if not name.startswith(("bench/", "tools/", "authservice/serving/"))
    } == set()


def test_every_route_is_in_the_api_document() -> None:
    documented = {path.lstrip("/") for path in api_document()["paths"]}
    routes = {
        re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern)) for pattern in urls.urlpatterns if is_plain(pattern)
    }
    assert routes - documented == UNDOCUMENTED_ROUTES
    assert documented <= routes


def test_every_operation_has_an_id_a_summary_and_its_problems() -> None:
    operations = [operation for path in api_document()["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert operation["description"]
        assert "503" in operation["responses"]


def test_refusals_are_problems_and_at_the_oauth_endpoints_what_their_rfcs_say() -> None:
    for path, operations in api_document()["paths"].items():
        media, schema = ("application/json", "OAuthError") if path in OAUTH_PATHS else (PROBLEM, "Problem")
        for operation in operations.values():
            refusals = [answer for status, answer in operation["responses"].items() if int(status) >= 400]
            expected = {media: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
            assert [answer["content"] for answer in refusals] == [expected] * len(refusals)


def test_oauth_forms_are_taken_as_their_rfcs_say_and_as_json() -> None:
    paths, schemas = api_document()["paths"], api_document()["components"]["schemas"]
    for path in OAUTH_PATHS:
        bodies = paths[path]["post"]["requestBody"]["content"]
        assert list(bodies) == ["application/json", FORM]
        as_json, form = (schemas[body["schema"]["$ref"].rpartition("/")[2]] for body in bodies.values())
        assert form["properties"] == as_json["properties"]
        assert form["required"] == as_json["required"]
        assert not {"additionalProperties"} & {*form, *as_json}  # what is not known is ignored


def test_what_is_demanded_of_a_caller_is_declared() -> None:
    document = api_document()
    schemes = document["components"]["securitySchemes"]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    demanded = {name for operation in operations for demand in operation.get("security", []) for name in demand}
    assert demanded <= set(schemes)
    scopes = schemes["client_token"]["flows"]["clientCredentials"]["scopes"]
    assert set(scopes) == set(Scope)
    asked = [demand.get("client_token", []) for operation in operations for demand in operation.get("security", [])]
    assert {scope for scopes in asked for scope in scopes} <= set(Scope)


def test_events_and_notices_that_documents_name_are_there() -> None:
    """Operators look for them in the log."""
    pattern = r"`((?:client|group|keys|password|sessions|user)\.[a-z_]+)`"
    assert {
        name for page in ("operations", "verifying", "integrating") for name in names_in(f"docs/{page}.md", pattern)
    } <= {
        *EventType,
        *NoticeType,
    }


def test_codes_are_lower_snake() -> None:
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in STATUS_BY_CODE)


def api_document() -> dict[str, Any]:
    generator = SchemaGenerator(urlconf="accounts.rest.urls")  # type: ignore[no-untyped-call]
    return cast("dict[str, Any]", generator.get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


def is_plain(pattern: URLPattern) -> bool:
    return not str(pattern.pattern).endswith("/")
