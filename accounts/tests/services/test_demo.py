"""The demo user of embedded mode, and the commands that use them."""

import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from accounts.principals import Origin, System
from accounts.services import demo, identification
from accounts.services.deleting import deletion
from accounts.services.identification import UserIdentity
from accounts.services.sign_in import SecondFactorRequired
from accounts.tests.support import consumers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _embedded(settings: Settings) -> None:
    settings.EMBEDDED = True


def output_of(command: str) -> str:
    out = io.StringIO()
    call_command(command, stdout=out)
    return out.getvalue().strip()


def test_seeding_makes_one_demo_user_however_often() -> None:
    assert output_of("seed_demo") == output_of("seed_demo") == f"{demo.EMAIL} signs in with: {demo.PASSWORD}"
    assert User.objects.get().email == demo.EMAIL


def test_an_issued_token_is_the_demo_users_and_is_believed() -> None:
    identity = identification.identify(output_of("issue_token"))
    assert isinstance(identity, UserIdentity)
    assert identity.user.email == demo.EMAIL


def test_while_the_last_one_is_being_deleted_there_is_none() -> None:
    user = demo.seed(Origin())
    consumers.make()
    deletion.request(user.pk, actor=System("test"), origin=Origin())
    with pytest.raises(CommandError, match="still being deleted"):
        call_command("seed_demo")


@pytest.mark.parametrize("command", ["seed_demo", "issue_token"])
def test_outside_embedded_mode_there_is_none(settings: Settings, command: str) -> None:
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="embedded mode only"):
        call_command(command)
    assert not User.objects.exists()


def test_a_second_factor_is_nothing_for_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "sign_in_as_demo", lambda origin: SecondFactorRequired())
    with pytest.raises(CommandError, match="by hand"):
        call_command("issue_token")
