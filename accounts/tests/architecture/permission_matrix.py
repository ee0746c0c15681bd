"""Who may do what, as it is meant: every REST route and method, and every GraphQL field. Changed by decision alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Who(StrEnum):
    ANYBODY = "anybody, also without a token"
    PEOPLE = "whoever is signed in, and no service client"
    CALLERS = "whoever has a token"
    STAFF = "staff with the permission, and service clients with one of the scopes"


@dataclass(frozen=True, slots=True)
class Row:
    """Those who may, and what to send: where a value names something in braces, that is put in its place."""

    who: Who
    permission: str = ""
    scopes: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)


def _staff(permission: str, *scopes: str, **given: Any) -> Row:
    return Row(Who.STAFF, permission, scopes or ("users:admin",), given)


ANYBODY: Final = Row(Who.ANYBODY)
PEOPLE: Final = Row(Who.PEOPLE)
ADMINISTRATION: Final = {
    "GET /users": _staff("accounts.view_user"),
    "POST /users": _staff("accounts.add_user", email="{new_email}"),
    "GET /users/{user_id}": _staff("accounts.view_user", "users:read", "users:admin"),
    "PATCH /users/{user_id}": _staff("accounts.change_user", first_name="Ada"),
    "DELETE /users/{user_id}": _staff("accounts.delete_user"),
    "POST /users/lookup": _staff("accounts.view_user", "users:read", "users:admin", ids=["{user_id}"]),
    "POST /users/{user_id}/suspend": _staff("accounts.change_user", reason="case 4711"),
    "POST /users/{user_id}/reinstate": _staff("accounts.change_user"),
    "GET /users/{user_id}/suspensions": _staff("accounts.view_user"),
    "GET /users/{user_id}/sessions": _staff("accounts.view_session"),
    "DELETE /users/{user_id}/sessions": _staff("accounts.delete_session"),
    "POST /users/{user_id}/password-reset": _staff("accounts.change_user"),
    "GET /users/{user_id}/deletion": _staff("accounts.view_user"),
    "POST /users/{user_id}/deletion/force": _staff("accounts.delete_user", reason="It was shut down."),
    "GET /audit-events": _staff("accounts.view_auditevent"),
    "GET /clients": _staff("accounts.view_serviceclient"),
    "POST /clients": _staff("accounts.add_serviceclient", name="orders"),
    "GET /clients/{client_id}": _staff("accounts.view_serviceclient"),
    "PATCH /clients/{client_id}": _staff("accounts.change_serviceclient", name="orders"),
    "DELETE /clients/{client_id}": _staff("accounts.delete_serviceclient"),
    "POST /clients/{client_id}/secrets": _staff("accounts.change_serviceclient"),
    "DELETE /clients/{client_id}/secrets/{secret_id}": _staff("accounts.change_serviceclient"),
    "GET /notices": _staff("accounts.view_notice", "notices:read"),
}
REST: Final[dict[str, Row]] = ADMINISTRATION | {
    # Signing in: what is sent proves who it is, and no token is looked at
    "POST /auth/register": Row(Who.ANYBODY, given={"email": "{new_email}", "password": "{password}"}),
    "POST /auth/login": Row(Who.ANYBODY, given={"email": "{email}", "password": "{password}"}),
    "POST /auth/refresh": Row(Who.ANYBODY, given={"refresh": "{refresh}"}),
    "POST /auth/verify": Row(Who.ANYBODY, given={"token": "{access}"}),
    "POST /auth/logout": PEOPLE,
    "POST /auth/password/reset": Row(Who.ANYBODY, given={"email": "{email}"}),
    "POST /auth/password/reset/confirm": Row(Who.ANYBODY, given={"token": "x", "new_password": "{password}"}),
    "POST /auth/email/verify": Row(Who.ANYBODY, given={"token": "x"}),
    "POST /auth/email/resend": Row(Who.ANYBODY, given={"email": "{email}"}),
    "POST /auth/user/delete/cancel": Row(Who.ANYBODY, given={"token": "x"}),
    # One's own
    "GET /auth/user": PEOPLE,
    "PATCH /auth/user": Row(Who.PEOPLE, given={"first_name": "Ada"}),
    "GET /auth/user/export": PEOPLE,
    "POST /auth/user/delete": Row(Who.PEOPLE, given={"password": "{password}"}),
    "POST /auth/password/change": Row(
        Who.PEOPLE, given={"current_password": "{password}", "new_password": "seven kites over helsinki"}
    ),
    "POST /auth/email/change": Row(Who.PEOPLE, given={"new_email": "{new_email}", "password": "{password}"}),
    "GET /auth/sessions": PEOPLE,
    "DELETE /auth/sessions/{session_id}": PEOPLE,
    # For gateways and services; the client's own credentials come in the body
    "GET /auth/forward": Row(Who.CALLERS),
    "POST /auth/token": Row(Who.ANYBODY, given={"grant_type": "client_credentials", "{credentials}": ""}),
    "POST /auth/introspect": Row(Who.STAFF, scopes=("tokens:introspect",), given={"token": "{access}"}),
    "POST /auth/revoke": Row(Who.ANYBODY, given={"token": "{access}"}),  # whoever has the token may end it
    # Documents
    "GET /.well-known/jwks.json": ANYBODY,
    "GET /.well-known/oauth-authorization-server": ANYBODY,
    "GET /.well-known/openid-configuration": ANYBODY,
    "GET /api/schema": ANYBODY,
    "GET /api/docs": ANYBODY,
    "GET /api/redoc": ANYBODY,
    "GET /api/redoc.js": ANYBODY,
    "GET /problems/{code}": ANYBODY,
    "GET /account/reset-password": ANYBODY,
    "GET /account/verify-email": ANYBODY,
    "GET /account/cancel-deletion": ANYBODY,
}
IN_ITS_OWN_WAY: Final = {
    "GET /auth/csrf": "by cookies alone, see rest/test_cookie_mode.py",
    "POST /notices/ack": "by a deletion consumer alone, see rest/test_acknowledging.py",
}
"""Neither a Bearer token nor a permission says who may."""

GRAPHQL: Final[dict[str, Row]] = {
    "Query.me": PEOPLE,
    "Query.sessions": PEOPLE,
    "Query.user": _staff("accounts.view_user", "users:read", "users:admin", id="{user_id}"),
    "Query.users": _staff("accounts.view_user"),
    "Query.verifyToken": Row(Who.ANYBODY, given={"token": "{access}"}),
    "Mutation.register": Row(Who.ANYBODY, given={"email": "{new_email}", "password": "{password}"}),
    "Mutation.login": Row(Who.ANYBODY, given={"email": "{email}", "password": "{password}"}),
    "Mutation.refreshToken": Row(Who.ANYBODY, given={"refresh": "{refresh}"}),
    "Mutation.logout": PEOPLE,
    "Mutation.updateMe": Row(Who.PEOPLE, given={"firstName": "Ada"}),
    "Mutation.changePassword": Row(
        Who.PEOPLE, given={"currentPassword": "{password}", "newPassword": "seven kites over helsinki"}
    ),
    "Mutation.revokeSession": Row(Who.PEOPLE, given={"id": "{session_id}"}),
    "Mutation.deleteMe": Row(Who.PEOPLE, given={"password": "{password}"}),
    "Mutation.cancelDeletion": Row(Who.ANYBODY, given={"token": "x"}),
    "Mutation.requestPasswordReset": Row(Who.ANYBODY, given={"email": "{email}"}),
    "Mutation.resetPassword": Row(Who.ANYBODY, given={"token": "x", "newPassword": "{password}"}),
    "Mutation.verifyEmail": Row(Who.ANYBODY, given={"token": "x"}),
    "Mutation.resendVerification": Row(Who.ANYBODY, given={"email": "{email}"}),
    "Mutation.changeEmail": Row(Who.PEOPLE, given={"newEmail": "{new_email}", "password": "{password}"}),
    "Mutation.adminCreateUser": _staff("accounts.add_user", email="{new_email}"),
    "Mutation.adminUpdateUser": _staff("accounts.change_user", id="{user_id}", firstName="Ada"),
    "Mutation.adminSuspendUser": _staff("accounts.change_user", id="{user_id}", reason="case 4711"),
    "Mutation.adminReinstateUser": _staff("accounts.change_user", id="{user_id}"),
    "Mutation.adminDeleteUser": _staff("accounts.delete_user", id="{user_id}"),
}
GUARDED: Final = {
    "User.sessions": _staff("accounts.view_session"),
    "User.expiresAt": _staff("accounts.view_user", "users:read", "users:admin"),
}
"""Asked for by whoever may read the person behind it, and guarded by itself."""

SHOWN_WITH_THEIR_PARENT: Final[dict[str, str]] = {
    "User": "id email emailVerified isActive isStaff groups dateJoined lastLogin updatedAt version",
    "UserConnection": "edges pageInfo",
    "UserEdge": "node cursor",
    "PageInfo": "hasNextPage hasPreviousPage startCursor endCursor",
    "Session": "id createdAt lastUsedAt expiresAt ip userAgent amr current",
    "Verification": "active tokenType sub sid clientId exp iat scope groups user",
    "Deletion": "id userId requestedAt beginsAt completedAt",
}
"""Beside the profile fields of the user. Payloads of mutations answer to whoever may call them."""
