"""From an `Authorization` header to who is calling: a local user, or a service."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest

from authservice_connector import clock, mirror
from authservice_connector.claims import VerifiedClaims
from authservice_connector.current import Connection, connection
from authservice_connector.errors import TokenInvalid

__all__ = ["Caller", "DisabledHere", "ServiceCaller", "bears_token", "identify", "identify_once"]


class DisabledHere(Exception):  # noqa: N818 - an answer
    """The token is good, and this service has disabled its own user."""

    def __init__(self) -> None:
        super().__init__("This account is disabled in this service.")


@dataclass(frozen=True, slots=True)
class ServiceCaller:
    """A service that speaks for itself: nobody's row, no privileges of Django's."""

    client_id: str
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_active: bool = True
    is_staff: bool = False
    is_superuser: bool = False

    @property
    def pk(self) -> str:
        """No row's key, and each service's own: a throttle counts by it. With None all would share one count, and
        `filter(owner_id=request.user.pk)` would find what belongs to nobody.
        """
        return self.client_id

    @property
    def id(self) -> str:
        return self.client_id

    def get_username(self) -> str:
        return self.client_id

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_perms(self, perm_list: Collection[str], obj: object = None) -> bool:
        """As Django's own: none are asked for, all are there."""
        return not perm_list

    def has_module_perms(self, app_label: str) -> bool:
        return False

    def get_all_permissions(self, obj: object = None) -> set[str]:
        return set()

    def __str__(self) -> str:
        return self.client_id


Caller = ServiceCaller | Any
"""A ServiceCaller, or whatever AUTH_USER_MODEL is."""

Identified = tuple[Caller, VerifiedClaims]


def identify(authorization: str) -> Identified | None:
    """None without a token: another scheme is for others. Raises one of `Refused`, CannotTell, or DisabledHere."""
    if not bears_token(authorization):
        return None
    _, _, token = authorization.strip().partition(" ")
    if not token.strip():
        raise TokenInvalid("Write `Authorization: Bearer <access>`.")
    known = connection()
    claims = known.gate.identify(token.strip())
    if claims.is_service:
        return ServiceCaller(claims.client_id), claims
    return _person(known, claims, token.strip()), claims


def identify_once(request: HttpRequest) -> Identified | None:
    """As `identify`, for whoever asks first about a request; the others get the same."""
    told: Any = request
    authorization = request.META.get("HTTP_AUTHORIZATION", "")
    of, known = getattr(told, "_authservice_caller", (None, None))
    if of != authorization:
        known = identify(authorization)
        told._authservice_caller = authorization, known  # noqa: SLF001 - our own
    return cast("Identified | None", known)


def bears_token(authorization: str) -> bool:
    """Whether it is of the one scheme that is ours (RFC 6750), good or not."""
    return authorization.strip().partition(" ")[0].lower() == "bearer"


def _person(known: Connection, claims: VerifiedClaims, token: str) -> Any:
    if (user := known.users.find(claims)) is not None:
        return user
    read_at, seen = clock.now(), known.users.changes
    remote = mirror.person_behind(claims, token, asking=known.asking)
    if getattr(remote.user, "is_active", True) is False:
        raise DisabledHere
    known.users.remember(remote, read_at=read_at, seen=seen)
    return remote.user
