"""What every view here has: the caller, the caller's origin, and answers that no cache keeps."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Final, cast
from uuid import UUID

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import Token

from accounts import hashing
from accounts.credentials import Credentials, credentials_of
from accounts.models import ServiceClient, User
from accounts.principals import Caller, ClientPrincipal, Origin, UserPrincipal, origin_of
from accounts.rest.negotiation import Negotiation
from accounts.rest.permissions import IsCaller
from accounts.rest.serializers.shaping import take
from accounts.services.authorisation import Action

NO_STORE: Final = "no-store"


class ApiView(APIView):
    """Answers JSON or problem documents."""

    cache_control = NO_STORE
    content_negotiation_class = Negotiation
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]  # CORS answers OPTIONS, nobody else does

    @property
    def origin(self) -> Origin:
        return origin_of(self.request.META)

    @cached_property
    def credentials(self) -> Credentials:
        """Unverified."""
        return credentials_of(self.request.META)

    @property
    def user(self) -> User:
        """Behind `IsUser` alone."""
        return cast("User", self.request.user)

    @property
    def principal(self) -> UserPrincipal:
        """Behind `IsUser` alone."""
        return UserPrincipal(user_id=self.user.pk, session_id=UUID(self._token["sid"]))

    @property
    def caller(self) -> Caller:
        """Behind `IsCaller`."""
        if isinstance(self.request.user, User):
            return self.principal
        client = cast("ServiceClient", self.request.user)
        return ClientPrincipal(client.pk, UUID(self._token["sid"]), frozenset(self._token.get("scope", "").split()))

    @property
    def _token(self) -> Token:
        return cast("Token", self.request.auth)

    def read(self, serializer_class: type[BaseSerializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The validated body; ValidationError becomes `invalid_input`."""
        return take(serializer_class, self.request.data, partial=partial)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        cache_control = self.cache_control if final.status_code < 400 else NO_STORE  # noqa: PLR2004
        final.headers.setdefault("Cache-Control", cache_control)
        return final


class PublicView(ApiView):
    """Needs no token and looks at none."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class TakesPassword:
    """A mixin for views: beyond the hash queue Busy comes first, before the body is read."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        hashing.refuse_if_full()
        super().initial(request, *args, **kwargs)  # type: ignore[misc]


class OpenToServices(ApiView):
    """For members of staff who have the permission, and service clients that have the scope."""

    permission_classes = (IsCaller,)
    actions: ClassVar[Mapping[str, Action]]
    """What the service behind each method asks policy about; for the OpenAPI document, and decides nothing."""
