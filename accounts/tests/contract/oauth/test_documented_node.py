"""The Node of docs/verifying.md does what the page says of it, with the jose that is installed here."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from accounts.tests.contract.oauth.forgeries import FORGERIES
from accounts.tests.contract.oauth.libraries import Installed
from accounts.tests.contract.programs import run
from accounts.tests.races import people
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.timeout(900)]

BLOCK: Final = re.compile(r"^```js\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ASK: Final = "for (const token of JSON.parse(process.argv[2])) console.log(JSON.stringify(await verify(token)));"


def verified(installed: Installed, issuer: str, *unverified: str) -> list[dict[str, Any]]:
    """What the page's function says of each."""
    (block,) = BLOCK.findall((CHECKOUT / "docs/verifying.md").read_text(encoding="utf-8"))
    assert "http://localhost:8000" in block
    script = Path(installed.node.directory) / "documented.js"
    script.write_text(f"{block.replace('http://localhost:8000', issuer)}\n{ASK}\n", encoding="utf-8")
    said = run(installed.node.node, script, json.dumps(unverified), cwd=installed.node.directory, seconds=60)
    return [json.loads(line) for line in said.splitlines()]


def test_it_tells_yes_from_no_and_from_no_telling(
    installed: Installed, fleet: Servers, issuer: Server, tokens: Tokens
) -> None:
    with fleet.database.orm():
        bad = [forgery(tokens) for forgery in FORGERIES]
    answers = verified(installed, issuer.url, tokens.access, *bad, "", "x", tokens.access)
    good = {"claims": claims_of(tokens.access)}
    assert answers == [good, *[{"status": 401}] * (len(bad) + 2), good]


def test_without_an_answer_it_can_not_tell(installed: Installed, fleet: Servers) -> None:
    (gone,) = fleet.start(is_issuer=True)
    token = people.sign_in(gone, people.register(gone)).access
    gone.stop()
    assert verified(installed, gone.url, token) == [{"status": 503}]
