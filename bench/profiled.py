"""The half of `bench.profiles` that runs inside the service: its WSGI callable with ready environs, timed and profiled.

CPU time of the thread that answers: neither PostgreSQL counts, nor a neighbour on the core. Password hashes run on
threads of their own, and are told apart.
"""

import cProfile
import io
import json
import pstats
import re
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle, repeat
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.principals import Origin, System
from accounts.services.clients import clients
from authservice.wsgi import application
from bench.people import PASSWORD, People
from bench.seeding import seed

PEOPLE: Final = 100
ROUNDS: Final = 10
SLOW: Final = {"login"}
LEAST_SHARE: Final = 0.005
ROOMS: Final = (
    (r"authservice/middleware|csp/|corsheaders|whitenoise|django/middleware|django/utils/cache", "middleware"),
    (r"accounts/(\w+)", "accounts.{0}"),
    (r"authservice/", "authservice"),
    (r"rest_framework_simplejwt|/jwt/|cryptography", "JWT and cryptography"),
    (r"rest_framework", "DRF"),
    (r"structlog|/logging/|prometheus_client|_contextvars", "log lines and metrics"),
    (r"psycopg", "psycopg"),
    (r"django/db", "Django's ORM"),
    (r"graphql|graphene|promise", "GraphQL"),
    (r"django/(core|http|urls|template|dispatch|conf|utils)", "Django's handler"),
    (r"", "Python's library"),
)


@dataclass(frozen=True, slots=True)
class Request:
    """A request that can be sent again and again: only `bodies` moves on, by what `heed` makes of each answer."""

    environ: dict[str, Any]
    bodies: Iterator[bytes]
    heed: Callable[[bytes], object] = bytes

    def send(self) -> tuple[str, bytes]:
        """Status and body, as a server would take them."""
        body = next(self.bodies)
        environ = self.environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        status: list[str] = []
        answer = application(environ, lambda line, headers, exc_info=None: status.append(line))
        try:
            said = b"".join(answer)
            self.heed(said)
            return status[0], said
        finally:
            if close := getattr(answer, "close", None):
                close()


def tell(routes: Sequence[str], *, requests: int, functions: int) -> None:
    """Print one table a route."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "people.json"
        seed(file, PEOPLE)
        people = People.read(file)
    for route in routes:
        count = requests // 10 if route in SLOW else requests
        print(_table(route, _request(route, people), count, functions))


def _request(route: str, people: People) -> Request:
    person = people.persons[0]
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {person.access}"}
    match route:
        case "verify":
            return _json("/auth/verify", {"token": person.access})
        case "user":
            return Request(_environ("GET", "/auth/user") | bearer, cycle([b""]))
        case "login":
            return _json("/auth/login", *({"email": each.email, "password": PASSWORD} for each in people.persons))
        case "refresh":
            return _refreshing(deque(each.refresh for each in people.persons))
        case "graphql":
            request = _json("/graphql", {"query": "{ me { email } }"})
            return Request(request.environ | bearer, request.bodies)
        case "client_credentials":
            return _client_credentials()
    raise LookupError(route)


def _client_credentials() -> Request:
    made = clients.create(name="profiled", scopes=["users:read"], actor=System("profiles"), origin=Origin())
    named = {"grant_type": "client_credentials", "client_id": made.client.pk, "client_secret": made.secret}
    form = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    return Request(_environ("POST", "/auth/token") | form, cycle([urlencode(named).encode()]))


def _refreshing(tokens: deque[str]) -> Request:
    """Each token once, as clients do: to show one again is another, dearer matter."""
    bodies = (json.dumps({"refresh": tokens.popleft()}).encode() for _ in repeat(None))
    return Request(
        _environ("POST", "/auth/refresh"), bodies, lambda answer: tokens.append(json.loads(answer)["refresh"])
    )


def _json(path: str, *bodies: dict[str, str]) -> Request:
    return Request(_environ("POST", path), cycle([json.dumps(body).encode() for body in bodies]))


def _environ(method: str, path: str) -> dict[str, Any]:
    """As Granian makes one for the bench's own generator."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "CONTENT_TYPE": "application/json",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _table(route: str, request: Request, count: int, functions: int) -> str:
    for _ in range(min(count, PEOPLE) // 2):
        _must_be_good(request)
    with CaptureQueriesContext(connection) as asked:
        _must_be_good(request)
    statements = len(asked)  # before the next request forgets them
    micros, hashing = min(_measured(request, count // ROUNDS) for _ in range(ROUNDS))
    stats = _profiled(request, count)
    shares = _by(stats, _room)
    total = shares.total()
    lines = [f"{route}: {micros:.0f} us of CPU a request, {statements} statements"]
    lines[0] += f", beside {hashing:.0f} us in the hash" if route in SLOW else ""
    for name, share in shares.most_common():
        if share / total >= LEAST_SHARE:
            lines.append(f"  {micros * share / total:7.0f} us  {share / total:5.1%}  {name}")
    for name, share in _by(stats, _name).most_common(functions):
        lines.append(f"      {micros * share / total:7.1f} us  {name}")
    return "\n".join(lines) + "\n"


def _must_be_good(request: Request) -> None:
    status, body = request.send()
    if not status.startswith("200"):
        raise RuntimeError(f"{status}: {body!r}")


def _measured(request: Request, count: int) -> tuple[float, float]:
    """CPU time a request, of this thread and of the others, in microseconds."""
    began, all_began = time.thread_time(), time.process_time()
    for _ in range(count):
        request.send()
    own = time.thread_time() - began
    return own / count * 1e6, (time.process_time() - all_began - own) / count * 1e6


def _profiled(request: Request, count: int) -> Any:
    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    for _ in range(count):
        request.send()
    profile.disable()
    return pstats.Stats(profile).stats  # type: ignore[attr-defined]


def _by(stats: Any, label: Callable[[str, str], str]) -> Counter[str]:
    """Own time under each label. What is written in C stands under whoever called it."""
    shares: Counter[str] = Counter()
    for (file, _, name), (_, _, own, _, callers) in stats.items():
        if file != "~":
            shares[label(file, name)] += own
            continue
        for (caller_file, _, caller_name), (_, _, part, _) in callers.items():
            shares[label(caller_file, caller_name)] += part
    return shares


@cache
def _room(file: str, name: str) -> str:
    for pattern, room in ROOMS:
        if found := re.search(pattern, file):
            return room.format(*found.groups())
    raise LookupError(file)


def _name(file: str, name: str) -> str:
    return f"{'/'.join(file.split('/')[-3:])}:{name}"
