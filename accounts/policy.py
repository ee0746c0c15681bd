"""Who may do what to whom: decided from facts alone."""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from accounts.models import Scope


class Action(StrEnum):
    READ_USERS = "read_users"
    LIST_USERS = "list_users"
    CREATE_USER = "create_user"
    CHANGE_USER = "change_user"
    SEND_PASSWORD_MAIL = "send_password_mail"  # noqa: S105 - an action, not a password
    READ_SESSIONS = "read_sessions"
    END_SESSIONS = "end_sessions"
    READ_SUSPENSIONS = "read_suspensions"
    SUSPEND_USER = "suspend_user"
    REINSTATE_USER = "reinstate_user"
    READ_DELETION = "read_deletion"
    DELETE_USER = "delete_user"
    FORCE_DELETION = "force_deletion"
    READ_NOTICES = "read_notices"
    READ_AUDIT = "read_audit"
    ASSIGN_GROUPS = "assign_groups"
    CREATE_GROUP = "create_group"
    RENAME_GROUP = "rename_group"
    DELETE_GROUP = "delete_group"
    READ_CLIENTS = "read_clients"
    CREATE_CLIENT = "create_client"
    CHANGE_CLIENT = "change_client"
    DELETE_CLIENT = "delete_client"
    READ_FIGURES = "read_figures"
    READ_KEYS = "read_keys"
    ROTATE_KEYS = "rotate_keys"
    WITHDRAW_KEY = "withdraw_key"
    READ_MAILS = "read_mails"


PERMISSIONS: Final = {
    Action.READ_USERS: "accounts.view_user",
    Action.LIST_USERS: "accounts.view_user",
    Action.CREATE_USER: "accounts.add_user",
    Action.CHANGE_USER: "accounts.change_user",
    Action.SEND_PASSWORD_MAIL: "accounts.change_user",
    Action.READ_SESSIONS: "accounts.view_session",
    Action.END_SESSIONS: "accounts.delete_session",
    Action.READ_SUSPENSIONS: "accounts.view_user",
    Action.SUSPEND_USER: "accounts.change_user",
    Action.REINSTATE_USER: "accounts.change_user",
    Action.READ_DELETION: "accounts.view_user",
    Action.DELETE_USER: "accounts.delete_user",
    Action.FORCE_DELETION: "accounts.delete_user",
    Action.READ_NOTICES: "accounts.view_notice",
    Action.READ_AUDIT: "accounts.view_auditevent",
    Action.ASSIGN_GROUPS: "accounts.change_user",
    Action.CREATE_GROUP: "auth.add_group",
    Action.RENAME_GROUP: "auth.change_group",
    Action.DELETE_GROUP: "auth.delete_group",
    Action.READ_CLIENTS: "accounts.view_serviceclient",
    Action.CREATE_CLIENT: "accounts.add_serviceclient",
    Action.CHANGE_CLIENT: "accounts.change_serviceclient",
    Action.DELETE_CLIENT: "accounts.delete_serviceclient",
    Action.READ_FIGURES: "accounts.view_rollup",
    Action.READ_KEYS: "accounts.view_signingkey",
    Action.ROTATE_KEYS: "accounts.change_signingkey",
    Action.WITHDRAW_KEY: "accounts.delete_signingkey",
    Action.READ_MAILS: "accounts.view_mail",
}
"""What members of staff need, as Django names it; a superuser has all."""

FOR_PEOPLE: Final = frozenset(
    {Action.READ_FIGURES, Action.READ_KEYS, Action.ROTATE_KEYS, Action.WITHDRAW_KEY, Action.READ_MAILS}
)
"""No scope is worth these: they are asked for in the admin alone, where no service client comes."""

SCOPES: Final[dict[Action, tuple[Scope, ...]]] = {
    **dict.fromkeys(Action, (Scope.USERS_ADMIN,)),
    **dict.fromkeys(FOR_PEOPLE, ()),
    Action.READ_USERS: (Scope.USERS_READ, Scope.USERS_ADMIN),
    Action.READ_NOTICES: (Scope.NOTICES_READ,),
}
"""Any of which a service client needs; the first is the one to ask for."""

WORTH_OF_SCOPE: Final[dict[str, Set[str]]] = {
    Scope.TOKENS_INTROSPECT: {"accounts.view_user"},
    Scope.USERS_READ: {"accounts.view_user"},
    Scope.NOTICES_READ: {"accounts.view_notice"},
    Scope.USERS_ADMIN: {PERMISSIONS[action] for action in Action if SCOPES[action]},
}
"""What one has who has a client with this scope in hand, in Django's words."""

WORTH_OF_FOREIGN_SCOPE: Final = frozenset({"accounts.grant_foreign_scopes"})
"""What any other is worth to the services that heed it, nobody knows here."""

CHANGES_TARGET: Final = frozenset(
    {
        Action.CHANGE_USER,
        Action.SEND_PASSWORD_MAIL,
        Action.END_SESSIONS,
        Action.SUSPEND_USER,
        Action.REINSTATE_USER,
        Action.DELETE_USER,
        Action.FORCE_DELETION,
        Action.ASSIGN_GROUPS,
    }
)
NEVER_TO_ONESELF: Final = {
    Action.SUSPEND_USER: "Nobody suspends themselves; another member of staff can do it.",
    Action.DELETE_USER: "To delete your own account use POST /auth/user/delete or `deleteMe`, with your password.",
}
BY_ANOTHER: Final = "Nobody changes their own rank; another superuser can do it."
BY_OWNER: Final = "Your own address is changed at POST /auth/email/change or by `changeEmail`, with your password."
NEVER_OF_ONESELF: Final = {
    "email": BY_OWNER,
    "email_verified": BY_OWNER,
    "is_staff": BY_ANOTHER,
    "is_superuser": BY_ANOTHER,
    "expires_at": "Nobody says when their own account ends; another member of staff can do it.",
}
"""By field: what would let somebody in who has got hold of no more than a token, or nobody at all."""
GIVES_POWERS: Final = frozenset({"email", "is_staff"})
"""Whoever has the address of a member of staff sets their password, and may do what they may."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who is signed in."""

    is_staff: bool
    is_superuser: bool = False
    permissions: Set[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """The user to whom something is to be done."""

    is_actor: bool
    is_superuser: bool = False


def objection(action: Action, actor: Actor, target: Target | None = None) -> str | None:
    """Why this actor may not do this, and what would help; None where they may."""
    needed = PERMISSIONS[action]
    if not actor.is_staff:
        return f"This is for members of staff who have the permission `{needed}`."
    if not actor.is_superuser and needed not in actor.permissions:
        return f"This needs the permission `{needed}`; a superuser can give it to you, or to one of your groups."
    return None if target is None else _objection_to(action, actor, target)


def _objection_to(action: Action, actor: Actor, target: Target) -> str | None:
    if target.is_actor and action in NEVER_TO_ONESELF:
        return NEVER_TO_ONESELF[action]
    if actor.is_superuser or action not in CHANGES_TARGET:
        return None
    if target.is_superuser:
        return "This user is a superuser: only another superuser may do this to them."
    if target.is_actor and action is Action.ASSIGN_GROUPS:
        return "Only a superuser changes their own groups; ask another member of staff."
    return None


def scope_missing(action: Action, scopes: Set[str]) -> str | None:
    """What a service client would have to ask for; None where it has enough, or where no scope would do."""
    return None if action in FOR_PEOPLE or scopes & {*SCOPES[action]} else SCOPES[action][0]


def objection_to_client(action: Action, target: Target | None) -> str | None:
    """Why a service client, whose scopes suffice, may not do this to this user: it is nobody's superuser."""
    if action in FOR_PEOPLE:
        return "This is for members of staff; no service client may do it."
    return None if target is None else _objection_to(action, Actor(is_staff=True), target)


def objection_to_granting_scopes(actor: Actor, granted: Set[str]) -> str | None:
    """Why this actor may not make, or get hold of, a client that has these."""
    worth = {permission for scope in granted for permission in WORTH_OF_SCOPE.get(scope, WORTH_OF_FOREIGN_SCOPE)}
    if actor.is_superuser or not (beyond := sorted(worth - actor.permissions)):
        return None
    return f"This client's scopes permit what you may not do yourself ({', '.join(beyond)}); ask a superuser."


def objection_to_handing_on(own: Set[str], granted: Set[str]) -> str | None:
    """Why a client with these scopes may not make, or get hold of, one with those."""
    if not (beyond := sorted(granted - own)):
        return None
    return f"A client deals in the scopes of its own token alone; this one lacks {', '.join(beyond)}."


def objection_to_granting(actor: Actor, granted: Set[str]) -> str | None:
    """Why this actor may not hand out, or take away, what a group permits: nobody deals in what they do not have."""
    if actor.is_superuser or not (beyond := sorted(granted - actor.permissions)):
        return None
    return f"This is about groups that permit what you may not do yourself ({', '.join(beyond)}); ask a superuser."


def objection_to_changing_group(actor: Actor, permitted: Set[str], *, is_member: bool) -> str | None:
    """Why this actor may not give this group another name, or delete it: its name is what other services trust."""
    if is_member and not actor.is_superuser:
        return "Only a superuser changes a group that they are in; ask another member of staff."
    return objection_to_granting(actor, permitted)


def objection_to_changing(actor: Actor, fields: Set[str], target: Target, powers: Set[str]) -> str | None:
    """Why this actor may not change these fields of a user. `powers` are what the user's permissions and groups permit
    while they are a member of staff, as they are or would be; empty for whoever is none.
    """
    if target.is_actor and (own := sorted(fields & NEVER_OF_ONESELF.keys())):
        return NEVER_OF_ONESELF[own[0]]
    if actor.is_superuser:
        return None
    if "is_superuser" in fields:
        return "Only a superuser makes somebody a superuser, or takes that from them."
    if "is_staff" in fields and not actor.is_staff:
        return "Only members of staff make somebody a member of staff, take that from them, or let one in again."
    if not fields & GIVES_POWERS or not (beyond := sorted(powers - actor.permissions)):
        return None
    return f"This is about somebody who may do what you may not do yourself ({', '.join(beyond)}); ask a superuser."
