"""Misconfiguration is found at boot: each slip by its id, with what to do."""

from typing import Any

import pytest
from authservice_connector.checks import check_settings, check_user_model
from django.contrib.auth import get_user_model
from pytest_django import Settings

GOOD = {"URL": "https://auth.example.com", "CLIENT_ID": "svc_a", "CLIENT_SECRET": "a secret"}


def ids(settings: Settings, **changes: Any) -> list[str]:
    settings.AUTHSERVICE = {name: value for name, value in (GOOD | changes).items() if value is not None}
    found = check_settings(None)
    assert all(message.hint or message.id == "authservice_connector.E003" for message in found)
    return [str(message.id).removeprefix("authservice_connector.") for message in found]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"URL": None}, ["E001"]),
        ({"URL": "auth.example.com"}, ["E002"]),
        ({"ON_DELETION": "forget"}, ["E003"]),
        ({"MIRROR": "never"}, ["E003"]),
        ({"MIRROR": "command"}, []),
        ({"LEEWAY": "a while"}, ["E003"]),
        ({"LEEWAY": 60}, []),
        ({"LEEWAY": 61}, ["E004"]),
        ({"MAX_STALENESS": 61}, ["E004"]),
        ({"MAX_STALENESS": 1}, ["E004"]),
        ({"MAX_USER_AGE": 61}, ["E004"]),
        ({"MAX_USER_AGE": -1}, ["E004"]),
        ({"MAX_USER_AGE": 0}, []),
        ({"AUDIENCE": ["fleet"]}, ["E003"]),
        ({"AUDIENCE": ""}, ["E003"]),
        ({"PROFILE": ["email"]}, ["E003"]),
        ({"PROFILE": {"email": 7}}, ["E003"]),
        ({"PROFILE": {"email": "email"}}, []),
        ({"CLIENT_SECRET": None}, ["E005"]),
        ({"CLIENT_ID": ""}, ["E005"]),
        ({"CLIENT_ID": None, "CLIENT_SECRET": None}, ["W001"]),
        ({"MAX_STALENES": 10}, ["W002"]),
        ({"URL": "http://auth.example.com"}, ["W003"]),
        ({"URL": "http://auth.example.com:8000/base"}, ["W003"]),
        ({"URL": "http://localhost:8000"}, []),
        ({"URL": "http://authservice:8000"}, []),
        ({"URL": "http://127.0.0.1"}, []),
    ],
)
def test_each_slip_has_its_id(settings: Settings, changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(settings, **changes) == expected


@pytest.mark.parametrize("slip", ["https://auth.example.com", None, [("URL", "https://auth.example.com")]])
def test_settings_that_are_no_mapping_are_said_to_be_none(settings: Settings, slip: object) -> None:
    settings.AUTHSERVICE = slip
    assert [message.id for message in check_settings(None)] == ["authservice_connector.E001"]
    assert [message.id for message in check_user_model(None)] == []


def test_a_field_that_the_user_model_has_not_is_told_of(settings: Settings) -> None:
    settings.AUTHSERVICE = GOOD | {"PROFILE": {"email": "email", "emial": "email"}}
    (message,) = check_user_model(None)
    settings.AUTHSERVICE = GOOD
    assert check_user_model(None) == []  # the defaults are for every user model
    assert message.id == "authservice_connector.W004"
    assert "emial" in message.msg
    assert "email" not in message.msg.replace("emial", "")


@pytest.mark.parametrize(("length", "expected"), [(35, ["authservice_connector.W005"]), (36, []), (None, [])])
def test_a_name_too_short_for_an_id_is_told_of(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, length: int | None, expected: list[str]
) -> None:
    settings.AUTHSERVICE = GOOD | {"PROFILE": {"email": "email"}}
    user_model: Any = get_user_model()
    monkeypatch.setattr(user_model._meta.get_field(user_model.USERNAME_FIELD), "max_length", length)
    assert [message.id for message in check_user_model(None)] == expected
