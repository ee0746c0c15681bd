"""What a resolver knows of its call: who is calling, and from where."""

from functools import cached_property

import graphene

from accounts.errors import NotAuthenticated
from accounts.models import User
from accounts.principals import Origin, UserPrincipal, bearer_token
from accounts.services import identification
from accounts.services.identification import Identity


class Context:
    """Identifies at first need and once: a call that signs in may carry a token that is over."""

    def __init__(self, *, authorization: str, origin: Origin) -> None:
        self.authorization = authorization
        self.origin = origin

    @cached_property
    def identity(self) -> Identity:
        """NotAuthenticated without a token; otherwise what `identify` raises."""
        if (unverified_token := bearer_token(self.authorization)) is None:
            raise NotAuthenticated
        return identification.identify(unverified_token)

    @property
    def user(self) -> User:
        return self.identity.user

    @property
    def principal(self) -> UserPrincipal:
        return self.identity.principal


class Info(graphene.ResolveInfo):  # type: ignore[misc]
    """A resolver's second argument, with our context."""

    context: Context
