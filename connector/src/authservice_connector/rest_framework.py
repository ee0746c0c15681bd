"""Django REST framework: who is calling, and what their token permits."""

from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.db import models
from rest_framework import exceptions, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from authservice_connector import callers
from authservice_connector.callers import Caller, DisabledHere
from authservice_connector.claims import VerifiedClaims
from authservice_connector.errors import CannotTell, Refused

__all__ = ["AuthServiceAuthentication", "HasGroup", "HasScope", "IsPerson"]


class Unavailable(exceptions.APIException):
    """503: on a 401 clients throw their tokens away."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = CannotTell.code

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(_told(detail, self.default_code))
        self.wait = retry_after  # DRF's exception handler makes Retry-After of it


class AuthServiceAuthentication(BaseAuthentication):
    """`request.user` is the local user (a ServiceCaller for a service's token), `request.auth` the claims."""

    def authenticate(self, request: Request) -> tuple[models.Model | Caller, VerifiedClaims] | None:
        _vary_by_caller(request)
        try:
            return callers.identify_once(request._request)  # noqa: SLF001 - Django's, which the middleware has seen
        except Refused as exc:
            raise exceptions.AuthenticationFailed(_told(exc.detail, exc.code), code=exc.code) from exc
        except DisabledHere as exc:
            raise exceptions.PermissionDenied(_told(str(exc), exceptions.PermissionDenied.default_code)) from exc
        except CannotTell as exc:
            raise Unavailable(exc.detail, exc.retry_after) from exc

    def authenticate_header(self, request: Request) -> str:
        """RFC 6750 section 3: an error is told of where a token came along, and of no other."""
        challenge = 'Bearer realm="authservice"'
        has_token = callers.bears_token(request.META.get("HTTP_AUTHORIZATION", ""))
        return f'{challenge}, error="invalid_token"' if has_token else challenge


def _vary_by_caller(request: Request) -> None:
    """A cache must not give one caller's answer to another: among the headers that the view puts on its answer."""
    headers = getattr((request.parser_context or {}).get("view"), "headers", None)
    if isinstance(headers, dict):
        told = [each.strip() for each in headers.get("Vary", "").split(",") if each.strip()]
        headers["Vary"] = ", ".join([*told, *({"Authorization"} - {*told})])


def _told(detail: str, code: str) -> dict[str, str]:
    """The body, as Django REST framework's own handler makes it: clients go by the code."""
    return {"detail": detail, "code": code}


class IsPerson(BasePermission):
    """For views that look for what is the caller's own: a service's token names nobody who could own anything, and
    `filter(owner=request.user)` fails for it.
    """

    def has_permission(self, request: Request, view: object) -> bool:
        return isinstance(request.user, get_user_model())


class _HasAll(BasePermission):
    member: ClassVar[str]
    needed: ClassVar[frozenset[str]]

    def has_permission(self, request: Request, view: object) -> bool:
        claims = request.auth
        return isinstance(claims, VerifiedClaims) and self.needed <= getattr(claims, self.member)


def HasScope(*scopes: str) -> type[BasePermission]:  # noqa: N802 - reads as the class that it makes
    """A permission for callers whose token has all of these scopes."""
    return _made("HasScope", "scopes", scopes)


def HasGroup(*groups: str) -> type[BasePermission]:  # noqa: N802
    """A permission for people who are in all of these groups, as their token says."""
    return _made("HasGroup", "groups", groups)


def _made(name: str, member: str, needed: tuple[str, ...]) -> type[BasePermission]:
    if not needed:
        raise ValueError(f"{name} needs one name at least; without any, everybody would have it.")
    members: dict[str, Any] = {"member": member, "needed": frozenset(needed)}
    return type(name, (_HasAll,), members)
