"""What a resolver knows of its call: who is calling, and from where."""

from collections.abc import Mapping
from functools import cached_property

import graphene

from accounts.credentials import Credentials
from accounts.errors import PermissionDenied
from accounts.graphql.loading import SessionLoader
from accounts.models import User
from accounts.principals import Caller, Origin, UserPrincipal, origin_of
from accounts.services import callers
from accounts.services.identification import Identity, UserIdentity


class Context:
    """Identifies at first need and once: a call that signs in may carry a token that is over."""

    def __init__(self, *, credentials: Credentials, meta: Mapping[str, str]) -> None:
        """`meta` as in a WSGI environment."""
        self.credentials = credentials
        self.sessions = SessionLoader()
        self._meta = meta

    @cached_property
    def origin(self) -> Origin:
        return origin_of(self._meta)

    @cached_property
    def identity(self) -> Identity:
        """NotAuthenticated without a token; CsrfFailed; otherwise what `identification.identify` raises."""
        return callers.identify(self.credentials)

    @property
    def caller(self) -> Caller:
        """Whoever it is: for what service clients may do, too."""
        return self.identity.principal

    @property
    def user(self) -> User:
        return self._person.user

    @property
    def principal(self) -> UserPrincipal:
        return self._person.principal

    @property
    def _person(self) -> UserIdentity:
        """PermissionDenied for a service client."""
        if not isinstance(self.identity, UserIdentity):
            raise PermissionDenied("This is for people: it takes the token of somebody who is signed in.")
        return self.identity


class Info(graphene.ResolveInfo):  # type: ignore[misc]
    """A resolver's second argument, with our context."""

    context: Context
