"""People who come through the door of a real server process."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count

from accounts.tests.support.factories import PASSWORD, Tokens
from accounts.tests.support.http import JSONClient, Response
from accounts.tests.support.processes import Server

WRONG_PASSWORD = "not-the-password-of-anybody-here"

_numbers = count(1)


def register(server: Server) -> str:
    """A new person's address; PASSWORD is their password."""
    email = f"runner{next(_numbers)}@example.com"
    with server.client() as client:
        answer = client.post("/auth/register", {"email": email, "password": PASSWORD})
    assert answer.status == 201, answer
    return email


def log_in(client: JSONClient, email: str, password: str = PASSWORD) -> Response:
    return client.post("/auth/login", {"email": email, "password": password})


def sign_in(server: Server, email: str) -> Tokens:
    with server.client() as client:
        return tokens_of(log_in(client, email))


def tokens_of(answer: Response) -> Tokens:
    assert answer.status == 200, answer
    return Tokens(answer.json["access"], answer.json["refresh"])


def refresh(server: Server, token: str) -> Response:
    with server.client() as client:
        return client.post("/auth/refresh", {"refresh": token})


def verify(server: Server, token: str) -> Response:
    with server.client() as client:
        return client.post("/auth/verify", {"token": token})


def verdict(answer: Response) -> tuple[int, str]:
    """The status, and the code of a refusal."""
    return answer.status, "" if answer.status < 400 else answer.json["code"]


@contextmanager
def clients_of(processes: Sequence[Server], *, each: int) -> Iterator[list[JSONClient]]:
    """`each` connections to every process, in turns, so that neighbours speak to different processes."""
    with ExitStack() as open_clients:
        yield [open_clients.enter_context(process.client()) for _ in range(each) for process in processes]
