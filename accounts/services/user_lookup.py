"""Says who somebody is by their id, one or many at once, or that they are gone; to other services and to staff."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from accounts.errors import NotFound
from accounts.models import Deletion, User
from accounts.principals import Principal
from accounts.services import authorisation
from accounts.services.authorisation import Action

MAX_IDS: Final = 200


@dataclass(frozen=True, slots=True)
class Found:
    """Every id that was asked for, once, in one of the three; each list in the order of asking."""

    users: list[User]
    deleted: list[UUID]
    unknown: list[UUID]


def get(user_id: UUID, *, actor: Principal) -> User:
    """With their `group_names`. NotFound for nobody, and for whoever is being deleted or was; what
    `authorisation.require` raises, before it says who exists.
    """
    found = look_up([user_id], actor=actor)
    if not found.users:
        raise NotFound("There is no such user.")
    return found.users[0]


def look_up(user_ids: Collection[UUID], *, actor: Principal) -> Found:
    """So many queries for any number of ids; the doors see to MAX_IDS. Raises what `authorisation.require` does.

    Users are read before deletions: who is deleted in between is found gone, and never unknown.
    """
    authorisation.require(Action.READ_USERS, actor=actor)
    asked = dict.fromkeys(user_ids)
    users = {user.pk: user for user in User.objects.present().filter(pk__in=list(asked)).whole()}
    absent = [user_id for user_id in asked if user_id not in users]
    gone = set(Deletion.objects.filter(user_id__in=absent).values_list("user_id", flat=True))
    return Found(
        users=[users[user_id] for user_id in asked if user_id in users],
        deleted=[user_id for user_id in absent if user_id in gone],
        unknown=[user_id for user_id in absent if user_id not in gone],
    )
