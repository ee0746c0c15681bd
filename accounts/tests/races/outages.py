"""What is asked of a service whose database is away, and how soon it has to answer."""

from collections.abc import Callable
from typing import Final

from accounts.tests.races import people
from accounts.tests.support.factories import Tokens
from accounts.tests.support.http import JSONClient, Response
from accounts.tests.support.processes import Server
from accounts.tests.support.together import together

ANSWERS_WITHIN_SECONDS: Final = 5.0
RECOVERS_WITHIN_SECONDS: Final = 2.0
REMEMBERED: Final = frozenset({"verify", "user"})
REMEMBERED_SECONDS: Final = 2.0
"""For so long after the last good read a standing may be relied on."""

SLACK_SECONDS: Final = 0.5
"""For what was read just before, and for the test's own clock on a busy machine."""

THREADS: Final = 8


def calls(client: JSONClient, email: str, tokens: Tokens) -> dict[str, Callable[[], Response]]:
    """Everything that can't be answered without the truth; REMEMBERED can for a moment."""
    return {
        "login": lambda: people.log_in(client, email),
        "refresh": lambda: client.post("/auth/refresh", {"refresh": tokens.refresh}),
        "verify": lambda: client.post("/auth/verify", {"token": tokens.access}),
        "user": lambda: client.get("/auth/user", token=tokens.access),
        "logout": lambda: client.post("/auth/logout", token=tokens.access),
        "register": lambda: client.post("/auth/register", {"email": "new@example.com", "password": "x" * 5 + email}),
    }


def warmed_up(server: Server) -> tuple[str, Tokens]:
    """Every thread of the server has its connection, and the keys are loaded."""
    email = people.register(server)
    tokens = people.sign_in(server, email)
    together(lambda _: people.verify(server, tokens.access), threads=2 * THREADS)
    with server.client() as client:
        assert client.get("/readyz").json == {"status": "ready", "database": "ok"}
        assert client.get("/.well-known/jwks.json").status == 200
    return email, tokens
