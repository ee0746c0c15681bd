"""`manage.py rotate_signing_key` says what it did, what there is, and what comes next."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from pytest_django import Settings

from accounts.keys.succession import PUBLISHED_BEFORE_SIGNING
from accounts.models import AuditEvent, SigningKey
from accounts.services.signing_keys import keys
from accounts.tests.support import memory

pytestmark = pytest.mark.django_db

ROW = re.compile(r"^(\S{8})  (access|refresh) +(ES256|HS256|EdDSA) +(\w+) +(\S+Z) +(\S+)$", re.MULTILINE)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("rotate_signing_key", *arguments, stdout=out, no_color=True)
    return out.getvalue()


@pytest.fixture
def signing(db: None) -> str:
    """The kid that signs access tokens; its successor is known to all."""
    keys.ensure_first_keys()
    SigningKey.objects.update(published_at=F("published_at") - PUBLISHED_BEFORE_SIGNING)
    return SigningKey.objects.get(purpose="access", signing_from__isnull=False).kid


def successor() -> str:
    return SigningKey.objects.standing().get(purpose="access", signing_from__isnull=True).kid


def stages(said: str) -> list[tuple[str, str]]:
    return [(purpose, stage) for _, purpose, _, stage, _, _ in ROW.findall(said)]


def test_the_list_shows_every_key_and_what_comes_next(signing: str) -> None:
    said = run("--list")
    assert sorted(stages(said)) == [
        (purpose, stage) for purpose in ("access", "refresh") for stage in ("published", "signing")
    ]
    assert {row[0] for row in ROW.findall(said)} == {row.kid[:8] for row in SigningKey.objects.all()}
    assert f"Next for access: {successor()[:8]}, known to all from " in said
    assert "; the worker lets it sign at " in said
    assert not AuditEvent.objects.filter(type="keys.rotated").exists()


def test_without_flags_the_next_key_signs(signing: str) -> None:
    following = successor()
    said = run()
    assert said.startswith(f"{following[:8]} signs from now on.\n")
    assert "may be unknown" not in said
    assert stages(said).count(("access", "signing")) == 2  # the old one until all have heard
    assert AuditEvent.objects.get(type="keys.rotated").actor == "system:rotate_signing_key"


def test_a_key_that_is_not_known_yet_does_not_sign(signing: str) -> None:
    run()
    with pytest.raises(CommandError, match=r"may be unknown to verifiers until .*--now"):
        run()
    assert AuditEvent.objects.filter(type="keys.rotated").count() == 1


def test_now_says_for_whom_it_may_be_too_early(signing: str) -> None:
    run()
    following = successor()
    said = run("--now")
    assert said.startswith(f"{following[:8]} signs from now on.\nIt may be unknown to other services until ")


def test_refresh_keys_rotate_apart(signing: str) -> None:
    run("--purpose", "refresh")
    assert AuditEvent.objects.get(type="keys.rotated").data["purpose"] == "refresh"
    assert SigningKey.objects.get(pk=signing).signing_until is None


def test_a_compromised_key_is_withdrawn_by_the_name_that_the_list_shows(signing: str) -> None:
    following = successor()
    said = run(f"--compromised={signing[:8]}")
    assert said.startswith(f"{signing[:8]} is withdrawn: within a second no process here believes it.\n")
    assert "Other services may believe it" in said
    assert f"{following[:8]} signs from now on.\n" in said
    assert ("access", "withdrawn") in stages(said)


def test_who_has_to_sign_in_again_is_said(signing: str) -> None:
    kid = SigningKey.objects.get(purpose="refresh", signing_from__isnull=False).kid
    assert "has to sign in again" in run(f"--compromised={kid}")


def test_what_names_no_key_is_refused(signing: str) -> None:
    with pytest.raises(CommandError, match="--list"):
        run("--compromised=unknown-key")


def test_without_keys_there_is_nothing_to_rotate() -> None:
    assert run("--list").startswith("There are no keys yet")
    with pytest.raises(CommandError, match="ensure_keys"):
        run()


def test_unreadable_keys_are_named_and_still_listed(signing: str, settings: Settings) -> None:
    settings.SECRET_KEY = "another" * 10
    memory.forget()
    with pytest.raises(CommandError, match="SECRET_KEY"):
        run("--now")
    assert len(stages(run("--list"))) == 4


def test_a_change_of_algorithm_shows_what_the_worker_does(signing: str, settings: Settings) -> None:
    settings.AUTH_ALGORITHM = "EdDSA"
    assert "Next for access: the worker publishes a key." in run("--list")
    with pytest.raises(CommandError, match="may be unknown"):
        run()
    assert SigningKey.objects.filter(algorithm="EdDSA", signing_from__isnull=True).count() == 1
