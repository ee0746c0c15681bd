"""The calls of docs/account.md, in their order, as somebody makes them who reads the mails where the service prints."""

import json
from pathlib import Path
from typing import Final

import pytest

from accounts.tests.support import ports
from authservice.tests import typed

BLOCKS: Final = typed.command_blocks("docs/account.md")
ASKED: Final = "CODE=…\n"
LOGIN: Final = """curl -s http://localhost:8000/auth/login -H 'Content-Type: application/json' \\
  -d '{"email": "grace@example.org", "password": "nine lanterns over a quiet harbour"}'"""
READ: Final = """
newest_code() {
  for _ in $(seq 200); do
    code=$(grep -oE '/account/[a-z-]+#[A-Za-z0-9_-]{43}' "$LOG" | tail -n 1 | cut -d '#' -f 2) || true
    if [ -n "$code" ] && [ "$code" != "${CODE:-}" ]; then echo "$code"; return; fi
    sleep 0.1
  done
  echo "no mail with a code came" >&2; return 1
}
"""


@pytest.mark.sqlite
@pytest.mark.processes
def test_a_person_gets_from_the_first_day_to_the_last(tmp_path: Path) -> None:
    log, port = tmp_path / "log", ports.free_port()
    environment = typed.environment(port, tmp_path / "var") | {"LOG": str(log)}
    start, *others = BLOCKS
    assert sum(block.startswith(ASKED) for block in others) == 5
    script = READ + typed.calls([block.replace(ASKED, "CODE=$(newest_code)\n") for block in others], str(port))
    with typed.serving(start, environment, log):
        output = typed.run(script, environment)
        entered = typed.run(typed.calls([LOGIN], str(port)), environment)
    assert '{"data":{"resetPassword":{"ok":true}}}' in output
    assert '"known_networks":' in output
    assert '"begins_at":' in output
    user = json.loads(entered)["user"]
    assert (user["email"], user["email_verified"], user["is_active"]) == ("grace@example.org", True, True)


def test_every_command_block_is_tried() -> None:
    start, *others = BLOCKS
    assert start.endswith(" make run\n")
    assert all("curl -s " in block for block in others)
