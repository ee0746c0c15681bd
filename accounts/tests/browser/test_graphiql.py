"""GraphiQL: a login by the play button, and the token used as a header."""

import json
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from accounts.tests.browser.watching import Tab

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PASSWORD = "river-lantern-copper-moss-47"
ACCOUNT = '{email: "%s", password: "%s"}'
SIGN_UP_AND_IN = "mutation { register(input: %s) { user { id } } }"
LOGIN = "mutation { login(input: %s) { access } }"


def test_a_login_is_played_and_its_token_answers_me(tab: Tab) -> None:
    tab.open("/graphql")
    tab.page.locator(".graphiql-execute-button").wait_for()
    tab.picture("graphiql")
    email = f"{uuid4().hex}@example.com"
    account = ACCOUNT % (email, PASSWORD)
    _played(tab, SIGN_UP_AND_IN % account)
    token = _played(tab, LOGIN % account)["login"]["access"]
    _write(tab, ".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror", _header(token))
    assert _played(tab, "{ me { email } }") == {"me": {"email": email}}
    expect(tab.page.locator(".result-window")).to_contain_text(email)
    tab.picture("graphiql-me")
    tab.assert_kept_to_itself()


def _header(token: str) -> str:
    return json.dumps({"Authorization": f"Bearer {token}"})


def _played(tab: Tab, query: str) -> dict[str, dict[str, str]]:
    """The data that one click on the play button brings."""
    _write(tab, ".graphiql-query-editor .CodeMirror", query)
    button = tab.page.locator(".graphiql-execute-button:not([aria-haspopup])")  # no menu: one operation was read
    answer = tab.answer_to("/graphql", button).json()
    assert "errors" not in answer, answer
    return dict(answer["data"])


def _write(tab: Tab, editor: str, text: str) -> None:
    """Put a text into one of GraphiQL's editors, which complete brackets while somebody types."""
    tab.page.locator(editor).first.evaluate("(editor, text) => editor.CodeMirror.setValue(text)", text)
