"""Every code is reached at both doors alike, and none is left untried."""

import re
from functools import cache
from typing import Any, Final, cast

import pytest
from drf_spectacular.generators import SchemaGenerator

from accounts import errors
from accounts.rest.problems import STATUS_BY_CODE
from accounts.tests.parity import mail_cases, service_cases, size_cases  # noqa: F401 - they add their own to CASES
from accounts.tests.parity.cases import CASES, Scenario, Stage
from accounts.tests.parity.doors import DOORS, Door
from accounts.tests.support.oauth import OAUTH_PATHS

HTTP_ONLY: Final = {
    "malformed_body": "a body that is no GraphQL request is this problem too, but no error of an answer",
    "body_too_large": "of the request itself",
    "unsupported_media_type": "of the request itself",
    "not_acceptable": "of the request itself",
    "method_not_allowed": "of the request itself",
    "bad_request": "of the request itself",
    "internal_error": "no refusal; GraphQL has it as well, see graphql/test_faults.py",
    "cursor_expired": "the log of notices is read over REST alone, see rest/test_notices.py",
    "too_many_secrets": "service clients are looked after over REST alone, see rest/test_clients.py",
    "invalid_client": "services sign in over REST alone, see rest/test_token.py",
    "invalid_scope": "services sign in over REST alone, see rest/test_token.py",
    "unsupported_token_type": "OAuth's revocation is REST's alone, see rest/test_token_revocation.py",
    "unknown_field": "GraphQL's schema says which there are: graphql_validation_failed",
}
NOT_YET: Final = {
    "second_factor_required": "no second factor is here yet",
}
SCENARIOS: Final = [(code, scenario) for code, scenarios in CASES.items() for scenario in scenarios]


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "scenario"), SCENARIOS, ids=lambda value: getattr(value, "__name__", None))
def test_a_code_is_reached_at_both_doors(door: Door, stage: Stage, code: str, scenario: Scenario) -> None:
    outcome = scenario(door, stage)
    assert outcome.code == code
    assert outcome.detail
    assert (outcome.retry_after is not None) == issubclass(refusals()[code], errors.Unavailable)
    assert "db.internal" not in outcome.detail
    assert not outcome.operation or code in documented()[outcome.operation]


@pytest.mark.django_db
@pytest.mark.parametrize("code", sorted(set(CASES) - {"refresh_token_reused"}))  # its detail names the moment
def test_both_doors_say_it_in_the_same_words(stage: Stage, code: str) -> None:
    """The first door may leave a mark that changes the answer, so only what is said for one code is compared."""
    scenario = CASES[code][0]
    assert len({scenario(each, stage).detail for each in DOORS.values()}) == 1


def refusals() -> dict[str, type[errors.Refusal]]:
    return {refusal.code: refusal for refusal in errors.all_refusals()}


def test_every_code_of_rest_is_tried_here_or_listed_with_a_reason() -> None:
    assert set(STATUS_BY_CODE) == set(CASES) | set(HTTP_ONLY) | set(NOT_YET)


def test_every_refusal_of_the_domain_is_tried_here_or_listed_with_a_reason() -> None:
    assert set(refusals()) - set(HTTP_ONLY) - set(NOT_YET) == set(CASES)


def test_the_codes_of_the_api_document_are_those_that_are_tried() -> None:
    assert set().union(*documented().values()) - set(HTTP_ONLY) == set(CASES)


@cache
def documented() -> dict[str, set[str]]:
    """The codes that the document declares for each operation on accounts; OAuth has codes of its own."""
    generator = SchemaGenerator(urlconf="accounts.rest.urls")  # type: ignore[no-untyped-call]
    document = cast("dict[str, Any]", generator.get_schema(request=None, public=True))  # type: ignore[no-untyped-call]
    return {
        f"{method.upper()} {path}": set(re.findall(r"`([a-z_]+)`", str(operation["responses"])))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if path.startswith(("/auth/", "/users/")) and path not in OAUTH_PATHS
    }
