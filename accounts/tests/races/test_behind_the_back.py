"""What is changed without the services is refused here within 5 s, and stands in the notices within 10 s."""

import time
from collections.abc import Callable
from typing import Final

import pytest
from django.db import connection

from accounts.tests.races import people, suspending
from accounts.tests.races.suspending import Pair
from accounts.tests.races.watching import watch
from accounts.tests.support import forging
from accounts.tests.support.factories import Tokens
from accounts.tests.support.processes import Servers
from accounts.tests.support.trials import Distributions

pytestmark = [pytest.mark.processes, pytest.mark.slow]

REFUSED_WITHIN_SECONDS: Final = 5.0
NOTED_WITHIN_SECONDS: Final = 10.0
NEW_PASSWORD: Final = "seven kites over helsinki"

Change = Callable[[Servers, str], None]


def set_password_in_a_shell(servers: Servers, email: str) -> None:
    code = "from accounts.models import User; "
    code += f"user = User.objects.get(email={email!r}); user.set_password({NEW_PASSWORD!r}); user.save()"
    servers.database.manage("shell", "--command", code)


def change_password_by_command(servers: Servers, email: str) -> None:
    """Django's own `changepassword` wants a terminal; this is what it does when it has been typed twice."""
    code = "import getpass; from django.core.management import call_command; "
    code += f"getpass.getpass = lambda **_: {NEW_PASSWORD!r}; call_command('changepassword', {email!r})"
    servers.database.manage("shell", "--command", code)


def suspend_by_sql(servers: Servers, email: str) -> None:
    with servers.database.orm(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET is_active = %s WHERE email = %s", [False, email])


@pytest.mark.timeout(120)
@pytest.mark.trials(short=1, long=10)
@pytest.mark.parametrize(
    ("change", "notice"),
    [
        (set_password_in_a_shell, "sessions.revoked"),
        (change_password_by_command, "sessions.revoked"),
        (suspend_by_sql, "user.suspended"),
    ],
)
def test_what_is_changed_behind_the_services_back_is_refused_and_noted(
    servers: Servers, change: Change, notice: str, trials: int, distributions: Distributions
) -> None:
    pair = suspending.start_pair(servers)
    servers.start_worker()
    for _ in range(trials):
        email = people.register(pair.here)
        tokens = people.sign_in(pair.here, email)
        with watch(pair.there, tokens.access) as watched:
            change(servers, email)
            changed = time.monotonic()
            watched.wait_until_refused(seconds=REFUSED_WITHIN_SECONDS)
            noted_after = noted(pair, tokens, notice) - changed
        last_yes = watched.last_yes_after(changed)
        distributions[f"{change.__name__}: last “yes”"].append(last_yes)
        distributions[f"{change.__name__}: noted"].append(noted_after)
        assert last_yes <= REFUSED_WITHIN_SECONDS
        assert noted_after <= NOTED_WITHIN_SECONDS


def noted(pair: Pair, tokens: Tokens, notice: str) -> float:
    """The moment when the log tells of it."""
    subject = forging.claims_of(tokens.access)["sub"]
    deadline = time.monotonic() + NOTED_WITHIN_SECONDS + 1
    with pair.here.client() as client:
        while time.monotonic() < deadline:
            page = client.get("/notices?limit=200", token=pair.staff.access).json
            if any((found["type"], found["subject"]) == (notice, subject) for found in page["notices"]):
                return time.monotonic()
            time.sleep(0.1)
    raise AssertionError(f"no {notice} in the notices")
