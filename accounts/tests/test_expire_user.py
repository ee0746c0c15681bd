"""`manage.py expire_user`."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent, User

pytestmark = pytest.mark.django_db

END = datetime(2100, 1, 2, 3, 4, 5, tzinfo=UTC)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["id", "email"])
def test_an_end_is_set_and_taken_away_by_address_or_id(user: User, name: str) -> None:
    named, told = str(getattr(user, name)), f"{user.email} ({user.pk})"
    assert run("expire_user", named, "--at", "2100-01-02T04:04:05+01:00") == f"{told} ends at 2100-01-02T03:04:05Z.\n"
    assert User.objects.get().expires_at == END
    assert run("expire_user", named, "--never") == f"{told} has no end.\n"
    assert User.objects.get().expires_at is None
    assert {*AuditEvent.objects.values_list("type", "actor")} == {("user.updated", "system:expire_user")}


def test_one_that_is_over_suspends_and_a_later_one_lets_in_again(user: User) -> None:
    told = f"{user.email} ({user.pk})"
    assert run("expire_user", user.email, "--at", "2020-01-01T00:00:00Z") == (
        f"{told} ends at 2020-01-01T00:00:00Z, and is suspended.\n"
    )
    with pytest.raises(CommandError, match="expired; give it another end"):
        run("reinstate_user", user.email)
    assert run("expire_user", user.email, "--never") == f"{told} has no end.\n"
    assert User.objects.get().is_active


@pytest.mark.parametrize(
    "arguments",
    [
        ["--at", "tomorrow"],
        ["--at", "2100-13-01T00:00:00Z"],
        ["--at", "2100-01-01T00:00:00"],
        ["--at", "9999-12-31T23:59:59-14:00"],
        ["--at", "2100-01-01T00:00:00Z", "--never"],
        [],
    ],
)
def test_what_does_not_fit_is_said_with_the_option(user: User, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="--at"):
        run("expire_user", user.email, *arguments)
    assert User.objects.get().version == user.version


def test_nobody_is_found_and_what_to_write_is_said(user: User) -> None:
    with pytest.raises(CommandError, match="no such user; give the e-mail address"):
        run("expire_user", "nobody@example.com", "--never")
