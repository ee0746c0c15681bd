"""Misconfiguration is found at boot: each slip by its id, with what to do."""

from typing import Any

import pytest
from authservice_connector import current
from authservice_connector.checks import check_settings, check_user_model
from authservice_connector.conf import KNOWN, connector_settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

GOOD = {"URL": "https://auth.example.com", "CLIENT_ID": "svc_a", "CLIENT_SECRET": "a secret"}


def ids(settings: Settings, **changes: Any) -> list[str]:
    settings.AUTHSERVICE = GOOD | changes
    found = check_settings(None)
    assert all(message.hint or message.id == "authservice_connector.E003" for message in found)
    return [str(message.id).removeprefix("authservice_connector.") for message in found]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"URL": None}, ["E001"]),
        ({"URL": ""}, ["E001"]),
        ({"URL": b"https://auth.example.com"}, ["E003"]),
        ({"ISSUER": None}, []),
        ({"ISSUER": ["https://auth.example.com"]}, ["E003"]),
        ({"CLIENT_ID": 7}, ["E003"]),
        ({"CLIENT_SECRET": b"a secret"}, ["E003"]),
        ({"LEEWAY": None, "MAX_STALENESS": None, "MAX_USER_AGE": None}, []),
        ({"PROFILE": None, "ON_DELETION": None, "MIRROR": None, "AUDIENCE": None}, []),
        ({"LEEWAY": "NaN"}, ["E004"]),
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
        ({"URL": "HTTP://auth.example.com"}, ["W003"]),
        ({"URL": "http://127.example.com"}, ["W003"]),
        ({"URL": "http://[2001:db8::1]"}, ["W003"]),
        ({"URL": "http://[::1]:8000"}, []),
        ({"URL": "http://localhost:8000"}, []),
        ({"URL": "http://authservice:8000"}, []),
        ({"URL": "http://127.0.0.1"}, []),
    ],
)
def test_each_slip_has_its_id(settings: Settings, changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(settings, **changes) == expected


def test_what_is_none_is_not_set(settings: Settings) -> None:
    """As `os.environ.get` has it: no text "None" that every token is refused by, or that a client goes by."""
    settings.AUTHSERVICE = {"URL": "https://auth.example.com"} | dict.fromkeys(KNOWN - {"URL"})
    assert connector_settings.issuer == "https://auth.example.com"
    assert connector_settings.credentials is None
    assert (connector_settings.audience, connector_settings.named_audience) == ("fleet", "")
    assert not connector_settings.has_half_credentials
    assert [message.id for message in check_settings(None)] == ["authservice_connector.W001"]


@pytest.mark.parametrize("slip", [{"LEEWAY": 61}, {"MAX_STALENESS": 1}, {"MAX_USER_AGE": float("nan")}])
def test_nothing_runs_with_seconds_that_are_out_of_bounds_though_nobody_looked_at_the_checks(
    settings: Settings, slip: dict[str, Any]
) -> None:
    settings.AUTHSERVICE = GOOD | slip
    with pytest.raises(ImproperlyConfigured, match=next(iter(slip))):
        current.connection()


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
