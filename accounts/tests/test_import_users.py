"""`manage.py import_users`."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from accounts.management.commands import import_users
from accounts.models import User
from accounts.services.importing import importing

pytestmark = pytest.mark.django_db(transaction=True)


def run(path: Path) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_users", path, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.jsonl"
    path.write_text('{"email": "ada@example.com"}\n{"email": "bob@example.com"}\n', encoding="utf-8")
    return path


def test_it_says_how_many_and_how_their_passwords_are_kept(file: Path) -> None:
    assert run(file) == ("2 imported, 0 there already, 0 refused.\n  2 without\n", "")
    assert run(file) == ("0 imported, 2 there already, 0 refused.\n", "")


def test_what_was_refused_is_told_by_line_and_reason_and_nothing_else(file: Path, capsys: Any) -> None:
    file.write_text('{"email": "ada@example.com"}\n{"email": "bob@", "password": "hunter2"}\nx\n', encoding="utf-8")
    out = StringIO()
    with pytest.raises(CommandError, match=r"^2 lines were refused\.$") as refused:
        call_command("import_users", file, stdout=out)
    assert refused.value.returncode == 3
    assert out.getvalue().splitlines()[:3] == [
        "line 2: email: invalid, password: unknown_algorithm", "line 3: not_json",
        "1 imported, 0 there already, 2 refused.",
    ]  # fmt: skip
    assert "bob" not in out.getvalue() + "".join(capsys.readouterr())


def test_it_says_how_far_it_has_come(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    monkeypatch.setattr(import_users, "PROGRESS_EVERY_SECONDS", 0)
    assert run(file)[1].splitlines() == [
        "line 1: 1 imported, 0 there already, 0 refused", "line 2: 2 imported, 0 there already, 0 refused"
    ]  # fmt: skip


@pytest.mark.parametrize("broken", [OperationalError("secret words"), KeyboardInterrupt()])
def test_what_stops_it_is_told_with_how_to_go_on(
    file: Path, monkeypatch: pytest.MonkeyPatch, broken: BaseException
) -> None:
    store = importing._store

    def break_at_second(people: Any, batch: importing.Batch, actor: Any) -> None:
        if batch.last_line == 2:
            raise broken
        store(people, batch, actor)

    monkeypatch.setattr(importing, "BATCH", 1)
    monkeypatch.setattr(importing, "_store", break_at_second)
    with pytest.raises(CommandError, match=r"^Stopped behind line 1 \(\w+\); 1 imported, .* Begin anew") as stopped:
        run(file)
    assert (stopped.value.returncode, "secret" in str(stopped.value)) == (1, False)
    assert User.objects.count() == 1


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nobody.jsonl")
