"""`manage.py delete_user`."""

from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Deletion, User
from accounts.services.deleting import erasure
from accounts.tests.support import consumers
from accounts.tests.support.factories import MakeUser, misspelt

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("delete_user", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the operator types; EOF when there is nothing left."""
    typed: list[str] = []

    def answer(question: str) -> str:
        if not typed:
            raise EOFError
        return typed.pop(0)

    monkeypatch.setattr("builtins.input", answer)
    return typed


@pytest.mark.parametrize("by", ["email", "id"])
def test_whoever_is_named_by_address_or_id_is_deleted(user: User, make_user: MakeUser, by: str) -> None:
    other = make_user()
    assert run(user.email.upper() if by == "email" else str(user.pk), "--yes") == f"{user.pk} is deleted.\n"
    assert User.objects.get() == other
    assert Deletion.objects.get().requested_by == "system:delete_user"


def test_the_address_is_to_be_typed_first(user: User, answers: list[str]) -> None:
    answers.append("yes")
    with pytest.raises(CommandError, match="not the address"):
        run(user.email)
    with pytest.raises(CommandError, match="--yes"):
        run(user.email)
    assert not Deletion.objects.exists()
    answers.append(user.email)
    assert "is deleted" in run(user.email)


def test_it_says_who_is_awaited_and_what_becomes_of_it(user: User, answers: list[str]) -> None:
    consumers.make("svc_mail")
    orders = consumers.make("svc_orders")
    told = run(user.email, "--yes")
    assert "svc_mail" in told
    assert "svc_orders" in told
    consumers.catch_up(orders)
    erasure.advance_deletions()
    assert "svc_orders" not in run(user.email, "--yes")
    with pytest.raises(CommandError, match="asked"):
        run(user.email, "--force", "--reason", "its database is gone")
    assert "is deleted" in run(user.email, "--yes", "--force", "--reason", "its database is gone")
    assert Deletion.objects.get().forced_reason == "its database is gone"
    assert "is deleted" in run(str(Deletion.objects.get().user_id), "--yes")


def test_it_says_when_the_erasing_failed(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Any) -> bool:
        raise ValueError

    monkeypatch.setattr(erasure, "_erase", fail)
    assert "the worker tries again" in run(user.email, "--yes")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--force"], "needs a --reason"),
        (["--reason", "late"], "is for --force"),
        (["--force", "--reason", "Quistgaard is gone"], "leave out their"),
        (["--force", "--reason", "x" * 501], "500"),
        (["--force", "--reason", "a\nb"], "Control characters"),
    ],
)
def test_what_can_not_be_forced_is_not_even_requested(make_user: MakeUser, arguments: list[str], words: str) -> None:
    user = make_user(last_name="Quistgaard")
    with pytest.raises(CommandError, match=words):
        run(user.email, "--yes", *arguments)
    assert not Deletion.objects.exists()


def test_nobody_is_nobody() -> None:
    with pytest.raises(CommandError, match="Nobody has the address"):
        run("nobody@example.com", "--yes")
    with pytest.raises(CommandError, match="Nobody has"):
        run("\ud800@example.com", "--yes")
    with pytest.raises(CommandError, match="no such user"):
        run(str(uuid4()), "--yes")


def test_an_id_has_one_spelling_but_for_its_capitals(user: User) -> None:
    for each in misspelt(user.pk):
        if each != str(user.pk).upper():
            with pytest.raises(CommandError, match="Nobody has the address"):
                run(each, "--yes")
    assert not Deletion.objects.exists()
    assert run(str(user.pk).upper(), "--yes") == f"{user.pk} is deleted.\n"


def test_whoever_thinks_better_of_it_deletes_nobody(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupt)
    with pytest.raises(CommandError, match="Nothing was deleted"):
        run(user.email)
    assert not Deletion.objects.exists()


def test_the_address_may_be_typed_in_any_of_its_forms(make_user: MakeUser, answers: list[str]) -> None:
    user = make_user("ada@xn--bcher-kva.example")
    answers.append(" Ada@Bücher.example ")
    assert "is deleted" in run(user.email)


def test_a_reason_that_is_not_kept_is_said(make_user: MakeUser, user: User) -> None:
    forced = ("--yes", "--force", "--reason")
    assert "nobody was awaited any more" in run(user.email, *forced, "late")
    assert Deletion.objects.get().forced_reason == ""
    consumers.make()
    other = make_user()
    assert "not kept" not in run(other.email, *forced, " first ")
    assert "not kept" not in run(str(other.pk), *forced, "first")
    assert "it was forced before, and the first one stays" in run(str(other.pk), *forced, "second")
