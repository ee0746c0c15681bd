"""What an access token of the auth service says (RFC 9068), once it may be believed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

__all__ = ["ACCESS_TYP", "VerifiedClaims"]

ACCESS_TYP: Final = "at+jwt"  # RFC 9068 section 2.1
REFRESH_TYP: Final = "rt+jwt"


@dataclass(frozen=True, slots=True)
class VerifiedClaims:
    """Made by `verifying`, and by the auth service's own answer, alone.

    `subject` is a user's id, or a service client's, in which case it is the `client_id`. Times are whole seconds since
    the epoch. One object is several callers': what they could change of `payload` is not to be changed.
    """

    issuer: str
    subject: str
    session_id: str
    client_id: str
    scopes: frozenset[str]
    groups: frozenset[str]
    issued_at: int
    expires_at: int
    payload: Mapping[str, Any] = field(repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """As it was made: a mapping that can't be changed can't be pickled either."""
        user = self.told_user
        return of_payload, ({**self.payload} if user is None else {**self.payload, "user": {**user}},)

    @property
    def is_service(self) -> bool:
        """Whether a service speaks for itself: there is no user."""
        return self.subject == self.client_id

    @property
    def told_user(self) -> Mapping[str, Any] | None:
        """The user object that came along, as with the auth service's own answer; None if there is none."""
        user = self.payload.get("user")
        return user if isinstance(user, Mapping) else None


def of_payload(payload: Mapping[str, Any]) -> VerifiedClaims:
    """ValueError unless every claim is there and of its type."""
    scope, groups = payload.get("scope", ""), payload.get("groups", [])
    claims = VerifiedClaims(
        issuer=payload.get("iss", ""),
        subject=payload.get("sub", ""),
        session_id=payload.get("sid", ""),
        client_id=payload.get("client_id", ""),
        scopes=frozenset(scope.split()) if isinstance(scope, str) else frozenset(),
        groups=frozenset(groups) if isinstance(groups, list) and _are_texts(groups) else frozenset(),
        issued_at=payload.get("iat", -1),
        expires_at=payload.get("exp", -1),
        payload=_unchangeable(payload),
    )
    names = [claims.issuer, claims.subject, claims.session_id, claims.client_id]
    if not (_are_texts(names) and all(names)):
        raise ValueError("a name is missing")
    if type(claims.issued_at) is not int or type(claims.expires_at) is not int or claims.issued_at < 0:
        raise ValueError("a date is missing")
    return claims


def _unchangeable(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """And the user object in it, which the mirror is filled from."""
    user = payload.get("user")
    return MappingProxyType({**payload, "user": MappingProxyType(user)} if isinstance(user, dict) else {**payload})


def _are_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
