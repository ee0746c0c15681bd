"""Who calls through the gateways: people and services, with tokens of the authservice behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.principals import Origin, System
from accounts.services import csrf, memberships
from accounts.tests.races import people
from accounts.tests.support import service_clients
from accounts.tests.support.databases import Database
from accounts.tests.support.factories import Tokens
from accounts.tests.support.processes import Server

OPERATOR: Final = System("gateways")
ORIGIN: Final = Origin()


@dataclass(frozen=True, slots=True)
class Person:
    user_id: UUID
    email: str
    tokens: Tokens
    csrf_token: str


@dataclass(frozen=True, slots=True)
class Service:
    client_id: str
    token: str


@dataclass(frozen=True, slots=True)
class Authservice:
    """A running server, and its database."""

    server: Server
    database: Database

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Meanwhile the services of this process work on its database."""
        with self.database.orm():
            yield

    def person(self, *groups: str) -> Person:
        """Somebody new who has signed in, in these groups."""
        email = people.register(self.server)
        with self.inside():
            for group in groups:
                Group.objects.get_or_create(name=group)
            user = User.objects.get(email=email)
            memberships.assign(user.pk, groups, actor=OPERATOR, origin=ORIGIN)
        tokens = people.sign_in(self.server, email)
        with self.inside():
            return Person(user.pk, email, tokens, csrf.token_of(user.sessions.get()))

    def service(self, *scopes: str) -> Service:
        """A new service client with these scopes, and a token with all of them."""
        with self.inside():
            made = service_clients.make(*scopes)
            return Service(made.client.pk, service_clients.token_of(made))
