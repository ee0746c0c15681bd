"""What a resolver knows of its call: who is calling, and from where."""

from collections.abc import Mapping
from functools import cached_property

import graphene

from accounts.credentials import Credentials
from accounts.errors import PermissionDenied, Refusal
from accounts.graphql.loading import SessionLoader
from accounts.models import User
from accounts.principals import Caller, Origin, UserPrincipal, origin_of
from accounts.services import authorisation, callers
from accounts.services.authorisation import Action
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

    def require_reading_people(self) -> None:
        """Asked once a call, however many people are told of. NotAuthenticated; what `authorisation.require` does."""
        if self._objection_to_reading is not None:
            raise self._objection_to_reading

    @cached_property
    def _objection_to_reading(self) -> Refusal | None:
        try:
            authorisation.require(Action.READ_USERS, actor=self.caller)
        except Refusal as refusal:
            return refusal
        return None

    @property
    def _person(self) -> UserIdentity:
        """PermissionDenied for a service client."""
        if not isinstance(self.identity, UserIdentity):
            raise PermissionDenied("This is for people: it takes the token of somebody who is signed in.")
        return self.identity


class Info(graphene.ResolveInfo):  # type: ignore[misc]
    """A resolver's second argument, with our context."""

    context: Context
