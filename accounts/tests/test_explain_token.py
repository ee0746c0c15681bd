"""`manage.py explain_token` is read at a glance, takes anything on stdin, and ends with a status for scripts."""

import os
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Session, User
from accounts.models.sessions import SessionQuerySet
from accounts.tests.support import service_clients
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.factories import SignIn, Tokens
from accounts.tests.support.forging import header_of, part, resigned

pytestmark = pytest.mark.django_db


@pytest.fixture
def tokens(user: User, sign_in: SignIn) -> Tokens:
    return sign_in(user)


class Explain:
    """`status, lines = explain(b"…")`: the exit status, and what was said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, stdin: bytes | str) -> tuple[int, list[str]]:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        self._monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(raw)))
        out, status = StringIO(), 0
        try:
            call_command("explain_token", stdout=out)
        except SystemExit as stop:
            status = int(str(stop.code))
        said = out.getvalue()
        assert all(character == "\n" or " " <= character <= "~" for character in said)
        return status, said.splitlines()


@pytest.fixture
def explain(monkeypatch: pytest.MonkeyPatch) -> Explain:
    return Explain(monkeypatch)


def test_a_good_token_is_told_at_a_glance(explain: Explain, tokens: Tokens, user: User) -> None:
    status, lines = explain(tokens.access)
    assert (status, lines[0]) == (0, "Access token")
    assert [line for line in lines if line.istitle() and " " not in line] == ["Header", "Claims", "Here"]
    assert f'  kid  "{header_of(tokens.access)["kid"]}"' in lines
    assert any(line.startswith("  exp") and line.endswith((", in 4 minutes", ", in 5 minutes")) for line in lines)
    assert any(line.startswith("  user") and f'"{user.pk}" is active' in line for line in lines)
    assert lines[-1] == "Good: its signature, dates and names hold, and its session stands"


def test_a_refused_token_ends_with_its_code_and_the_reason(explain: Explain, tokens: Tokens) -> None:
    Session.objects.update(revoked_at=timezone.now(), revocation_reason="logout")
    for token in (tokens.access, tokens.refresh):
        status, lines = explain(token)
        assert status == 1
        assert lines[-1].startswith("Refused: session_revoked: its session was ended (logout) at ")


def test_a_refresh_token_is_told_by_its_name(explain: Explain, tokens: Tokens) -> None:
    status, lines = explain(tokens.refresh)
    assert (status, lines[0]) == (0, "Refresh token (where access tokens are taken: wrong_token_type)")


def test_a_service_clients_token_is_told_by_its_client(explain: Explain) -> None:
    made = service_clients.make("users:read", name="Bestellungen für\x9b2J")
    token = service_clients.token_of(made)
    status, lines = explain(token)
    assert (status, lines[0]) == (0, "Access token of a service client")
    named = f'  client    "{made.client.pk}" is "Bestellungen f\\u00fcr\\u009b2J", active, with the scopes "users:read"'
    assert named in lines
    service_clients.disable(made.client)
    status, lines = explain(token)
    assert (status, lines[-1].partition(" is ")[0]) == (1, "Refused: client_disabled: its client")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", "", ""),
        ("", "\n", "surrounding whitespace"),
        (" \t\n", "\r\n", "surrounding whitespace"),
        ("Bearer ", "", "a leading `Bearer`"),
        ("  bearer  ", "\n", "surrounding whitespace and a leading `Bearer`"),
    ],
)
def test_what_is_pasted_along_is_left_out_and_said(
    explain: Explain, tokens: Tokens, before: str, after: str, said: str
) -> None:
    status, lines = explain(f"{before}{tokens.access}{after}")
    assert status == 0
    assert [line for line in lines if "Left out" in line] == ([f"Left out before looking: {said}."] if said else [])


def test_padding_is_not_left_out(explain: Explain, tokens: Tokens) -> None:
    status, lines = explain(f"{tokens.access}==\n")
    assert (status, lines[0]) == (1, "Access token")
    assert lines[-1].startswith("Refused: token_invalid: character ")
    assert lines[-1].endswith(" is padding (`=`), which no token of ours has")


@pytest.mark.parametrize(
    ("stdin", "reason"),
    [
        (b"", "there is nothing to look at"),
        (b" \n", "there is nothing to look at"),
        (b"\xff\xfe\x00\x1b[2J", "character 1 is U+FFFD, which no token of ours has"),
        (b"hello", "it has 1 part between dots; a token has three"),
        (b"Bearer", "it has 1 part between dots; a token has three"),
        (b"A" * (2**20 + 1), "it is longer than 8,192 characters; no token of ours is"),
        (b"." * 2**21, "it is longer than 8,192 characters; no token of ours is"),
    ],
)
def test_garbage_of_any_kind_is_refused(explain: Explain, stdin: bytes, reason: str) -> None:
    status, lines = explain(stdin)
    assert (status, lines[0]) == (1, "No token")
    assert lines[-1] == f"Refused: token_invalid: {reason}"


def test_no_claim_reaches_the_terminal_as_anything_but_text(explain: Explain, tokens: Tokens) -> None:
    evil = {"\x1b[2J\x7f": 1, "iss": "\x1b]0;x\x07\x7f\x9b", "exp": 2**70, "long": ["x" * 100] * 50}
    status, lines = explain(resigned(tokens.access, claims=evil))
    assert (status, "\\u001b]0;x\\u0007\\u007f\\u009b" in lines[-1]) == (1, True)
    assert max(map(len, lines)) < 500


def test_neither_the_token_nor_its_signature_is_said_again(explain: Explain, tokens: Tokens) -> None:
    others = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': '1'})}.c2VjcmV0LXNpZ25hdHVyZQ"
    for token in (tokens.access, tokens.refresh, others, f"{tokens.access}.{tokens.refresh}"):
        _, lines = explain(token)
        assert not any(piece in "\n".join(lines) for piece in token.split("."))


def test_what_can_not_be_told_is_no_refusal(explain: Explain, tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_whole(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(SessionQuerySet, "find_whole", find_whole)
    status, lines = explain(tokens.access)
    assert (status, lines[-1]) == (2, "Can't tell: temporarily_unavailable: The database does not answer.")
    assert any(line.startswith("  sid") for line in lines)


def test_a_service_in_which_nothing_works_is_explained_too(tokens: Tokens, tmp_path: Path) -> None:
    """Without tables, and under a setting that any other command stops at."""
    environment = {"PATH": os.environ["PATH"], "AUTHSERVICE_VAR": str(tmp_path), "AUTH_ACCESS_CLAIMS": "shoe_size"}
    command = [sys.executable, "manage.py", "explain_token"]
    for stdin, status, last in (
        ("x.y", 1, "Refused: token_invalid: it has 2 parts between dots; a token has three"),
        (tokens.access, 2, "Can't tell: temporarily_unavailable: "),
    ):
        ended = subprocess.run(
            command, input=stdin, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
        )
        assert (ended.returncode, ended.stderr) == (status, "")
        assert ended.stdout.splitlines()[-1].startswith(last)
