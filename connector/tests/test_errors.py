"""What callers are told, and what is for whoever runs the service."""

import pytest
from authservice_connector.errors import CannotTell, Refused, refusal_of
from rest_framework.test import APIClient

from tests.service import Service


@pytest.mark.django_db
def test_callers_are_not_told_what_is_wrong_here_and_the_log_is(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    service.is_down = True
    token = service.token(service.register()["id"])
    answer = APIClient().get("/mine", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 503
    assert answer.json() == {"detail": CannotTell.detail, "code": "temporarily_unavailable"}
    assert "can't be asked: down" in caplog.text


def test_a_cause_is_for_whoever_runs_the_service() -> None:
    made = CannotTell("This service's client lacks the scope `notices:read`.", retry_after=30)
    assert (str(made), made.retry_after) == ("This service's client lacks the scope `notices:read`.", 30)
    assert made.detail == "Who is calling can't be told at the moment; try again shortly."


@pytest.mark.parametrize("code", sorted(each.code for each in Refused.__subclasses__()))
def test_each_code_of_a_no_is_one_but_that_no_token_came(code: str) -> None:
    refusal = refusal_of(code, "as it said")
    assert (refusal is None) == (code == "not_authenticated")
    assert refusal is None or (refusal.code, refusal.detail) == (code, "as it said")


@pytest.mark.parametrize("code", ["", "UNAUTHORIZED", None, 7, ["token_invalid"]])
def test_what_is_no_code_of_the_auth_service_is_no_no(code: object) -> None:
    assert refusal_of(code) is None
