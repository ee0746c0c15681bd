"""The doctor says of each thing whether it is as it should be, and what to do; one that is not fails the command."""

import io
from contextlib import nullcontext
from email.utils import formatdate
from time import time
from typing import Any

import pytest
from authservice_connector import current, feed
from authservice_connector.doctor import published
from authservice_connector.errors import CannotTell
from authservice_connector.models import MirrorPosition, RemoteUser
from authservice_connector.transport import Answer
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from pytest_django import Settings

from tests.issuing import ISSUER, notice
from tests.service import Service

pytestmark = pytest.mark.django_db


def lines() -> tuple[dict[str, str], bool]:
    """By subject, and whether the command failed."""
    out, failed = io.StringIO(), False
    try:
        call_command("authservice_doctor", stdout=out, no_color=True)
    except CommandError:
        failed = True
    text = out.getvalue().replace("\n      → ", " → ")
    return {line[6:].partition(": ")[0]: line for line in text.splitlines()}, failed


@pytest.fixture
def follows(service: Service) -> None:
    """The mirror has begun."""
    mirroring = current.connection().mirroring
    assert mirroring is not None
    mirroring.turn()


@pytest.mark.usefixtures("follows")
def test_all_is_well(service: Service) -> None:
    found, failed = lines()
    assert not failed
    assert list(found) == [
        *("url", "issuer", "clock", "keys", "credentials", "audience"),
        *("scope notices:read", "scope users:read", "personal data", "mirror"),
    ]
    assert all(line.startswith("ok    ") for line in found.values())
    assert service.acknowledged == ["0:0"]  # by the turn alone


def fails(subject: str, *words: str) -> None:
    found, failed = lines()
    assert failed
    assert found[subject].startswith("FAIL")
    for word in words:
        assert word in found[subject]


def test_without_a_url(settings: Settings) -> None:
    settings.AUTHSERVICE = {}
    fails("settings", "needs a URL")
    settings.AUTHSERVICE = {"URL": "auth.example.com"}
    fails("settings", "https://auth.example.com")


@pytest.mark.parametrize(
    "slip",
    [{"AUDIENCE": ["fleet"]}, {"LEEWAY": "a while"}, {"MAX_STALENESS": 61}, {"ISSUER": 7}, {"PROFILE": ["email"]}],
)
def test_settings_that_do_not_read_are_told_of_first_and_alone(
    service: Service, settings: Settings, slip: dict[str, Any]
) -> None:
    settings.AUTHSERVICE = settings.AUTHSERVICE | slip
    calls = len(service.calls)
    fails("settings", next(iter(slip)))
    assert set(lines()[0]) == {"settings"}
    assert len(service.calls) == calls


def test_settings_that_are_no_mapping(settings: Settings) -> None:
    settings.AUTHSERVICE = ["https://auth.example.com"]
    fails("settings", "mapping")


def test_with_nobody_there(service: Service) -> None:
    service.is_down = True
    fails("url", "down", "AUTHSERVICE")


def test_with_something_else_there(service: Service) -> None:
    service.metadata = Answer(404, {})
    fails("issuer", "answered with 404")


def test_with_another_name(service: Service) -> None:
    service.metadata = Answer(200, {"issuer": "https://sso.example.com"}, formatdate(usegmt=True))
    fails("issuer", 'AUTHSERVICE["ISSUER"] = "https://sso.example.com"')


@pytest.mark.usefixtures("follows")
@pytest.mark.parametrize(
    ("seconds", "is_ok", "words"),
    [(0, True, ""), (28, True, "behind"), (-28, True, "ahead"), (90, False, "90 s behind"), (-90, False, "90 s ahead")],
)
def test_clocks_apart(service: Service, seconds: int, is_ok: bool, words: str) -> None:
    service.metadata = Answer(200, {"issuer": ISSUER}, formatdate(time() + seconds, usegmt=True))
    found, failed = lines()
    assert found["clock"].startswith("ok" if is_ok else "FAIL")
    assert words in found["clock"] or abs(seconds) == 90  # a second may pass
    assert failed != is_ok


@pytest.mark.parametrize(
    ("apart", "is_ok"), [(30.0, True), (30.1, False), (31.0, False), (-30.0, True), (-30.5, False)]
)
def test_clocks_are_near_enough_for_the_doctor_if_they_are_for_the_follower(
    service: Service, monkeypatch: pytest.MonkeyPatch, apart: float, is_ok: bool
) -> None:
    follower = current.connection().follower
    assert follower is not None
    monkeypatch.setattr(published, "seconds_apart", lambda *_: apart)
    monkeypatch.setattr(feed, "seconds_apart", lambda *_: apart)
    follower._complete_at = float("-inf")
    with nullcontext() if is_ok else pytest.raises(CannotTell):
        follower.poll()
    assert (follower.age() < 5) == is_ok
    assert lines()[0]["clock"].startswith("ok" if is_ok else "FAIL")


@pytest.mark.usefixtures("follows")
@pytest.mark.parametrize("date", ["", "yesterday"])
def test_a_clock_that_is_not_told_is_nobodys_fault(service: Service, date: str) -> None:
    service.metadata = Answer(200, {"issuer": ISSUER}, date)
    found, failed = lines()
    assert "not to be compared" in found["clock"]
    assert not failed


@pytest.mark.parametrize("document", [{"keys": []}, {"keys": [{"kid": "a", "alg": "HS256"}]}, {}])
def test_without_a_usable_key(service: Service, monkeypatch: pytest.MonkeyPatch, document: dict[str, Any]) -> None:
    get = service.get

    def without(path: str, **options: Any) -> Answer:
        return Answer(200, document) if path.endswith("jwks.json") else get(path, **options)

    monkeypatch.setattr(service, "get", without)
    fails("keys", "0 to verify with")


def test_without_credentials_it_is_said_and_no_failure(service: Service, settings: Settings) -> None:
    settings.AUTHSERVICE = {"URL": "http://127.0.0.1:1", "ISSUER": ISSUER}
    found, failed = lines()
    assert "W001" in found["credentials"]
    assert not failed


@pytest.mark.parametrize("half", [{"CLIENT_ID": "svc_a"}, {"CLIENT_SECRET": "a secret"}])
def test_half_of_the_credentials(service: Service, settings: Settings, half: dict[str, str]) -> None:
    settings.AUTHSERVICE = {"URL": "http://127.0.0.1:1", "ISSUER": ISSUER, **half}
    fails("credentials", "go together")


def test_wrong_credentials(service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "post_form", lambda *_, **__: Answer(401, {"error": "invalid_client"}))
    settings.AUTHSERVICE = settings.AUTHSERVICE | {"CLIENT_SECRET": "another"}
    fails("credentials", "invalid_client", "rotate_client_secret")


def test_for_another_audience(service: Service, settings: Settings) -> None:
    settings.AUTHSERVICE = settings.AUTHSERVICE | {"AUDIENCE": "orders"}
    fails("audience", "made for 'fleet'", "AUDIENCE")


def test_a_token_that_is_not_believed_for_another_reason(service: Service) -> None:
    service.own |= {"iss": "https://other.example.com"}
    current.reset()
    fails("tokens", "not believed here")


@pytest.mark.parametrize("scope", ["notices:read", "users:read"])
def test_without_a_scope(service: Service, scope: str) -> None:
    service.own["scope"] = service.own["scope"].replace(scope, "").strip()
    current.reset()
    fails(f"scope {scope}", "not granted", "PATCH /clients/svc_a")
    assert ("mirror" in lines()[0]) == (scope != "notices:read")  # what rests upon it is left out


def test_without_personal_data_declared(service: Service) -> None:
    service.may_acknowledge = False
    fails("personal data", "holds_personal_data")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_answer_that_tells_nothing_of_personal_data_is_not_the_clients_fault(
    service: Service, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    post = service.post_json

    def busy(path: str, document: Any, **options: Any) -> Answer:
        return Answer(status, {}) if path.endswith("ack") else post(path, document, **options)

    monkeypatch.setattr(service, "post_json", busy)
    fails("personal data", str(status), "again")
    assert "holds_personal_data" not in lines()[0]["personal data"]


@pytest.mark.usefixtures("follows")
def test_a_log_that_is_to_be_read_anew_was_followed_before(service: Service) -> None:
    mirroring = current.connection().mirroring
    assert mirroring is not None
    mirroring.resync()
    found, _ = lines()
    assert "anew" in found["mirror"]
    assert "nobody" not in found["mirror"]


def test_nobody_follows_yet(service: Service, settings: Settings) -> None:
    fails("mirror", "authservice_follow")
    settings.AUTHSERVICE = settings.AUTHSERVICE | {"MIRROR": "process"}
    found, failed = lines()
    assert "nobody has followed" in found["mirror"]
    assert not failed


@pytest.mark.parametrize(("occurred_at", "is_ok"), [("2026-01-01T00:00:00Z", False), (None, True)])
def test_a_mirror_that_is_behind(service: Service, occurred_at: str | None, is_ok: bool) -> None:
    MirrorPosition.objects.create(issuer=ISSUER, cursor="0:0")
    told = notice("user.updated", "a", version=2)
    service.notices.append(told | {"occurred_at": occurred_at or "2126-01-01T00:00:00Z"})
    found, failed = lines()
    assert "s behind" in found["mirror"]
    assert failed != is_ok


def test_a_position_that_the_log_does_not_know(service: Service) -> None:
    MirrorPosition.objects.create(issuer=ISSUER, cursor="7:0")
    fails("mirror", "authservice_sync")


def test_people_who_wait_are_told_of(service: Service, django_user_model: Any) -> None:
    MirrorPosition.objects.create(issuer=ISSUER, cursor="0:0")
    user = django_user_model._default_manager.create(email="a@example.com")
    RemoteUser.objects.create(user=user, issuer=ISSUER, subject="a", is_stale=True)
    found, failed = lines()
    assert "1 people" in found["mirror"]
    assert not failed


def test_tables_that_are_not_there(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object, **__: object) -> None:
        raise DatabaseError("no such table")

    monkeypatch.setattr(MirrorPosition.objects, "filter", absent)
    fails("mirror", "manage.py migrate")
