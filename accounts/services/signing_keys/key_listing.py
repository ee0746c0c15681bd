"""The keys as their operator sees them: who signs, who comes next, who stays for what it has signed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts.keys import stored
from accounts.keys.key import kept_until
from accounts.keys.succession import Succession, known_at, succession
from accounts.models import KeyPurpose, SigningKey
from accounts.principals import Principal
from accounts.services import authorisation
from accounts.services.authorisation import Action


class Stage(StrEnum):
    PUBLISHED = "published"
    SIGNING = "signing"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ListedKey:
    """`until`: when the stage ends, where that is known; a retired key is then believed no more."""

    kid: str
    purpose: str
    algorithm: str
    stage: Stage
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Prospect:
    """What comes next for one purpose. `kid` is None while its successor has yet to be published."""

    purpose: KeyPurpose
    kid: str | None
    known_at: datetime | None
    due_at: datetime | None


def listed(*, actor: Principal) -> list[ListedKey]:
    """All there are, by purpose and age. What `authorisation.require` raises."""
    authorisation.require(Action.READ_KEYS, actor=actor)
    if (now := SigningKey.objects.find_database_time()) is None:
        return []
    return [_listed(row, now) for row in SigningKey.objects.order_by("purpose", "published_at", "kid")]


def prospects(*, actor: Principal) -> list[Prospect]:
    """What `authorisation.require` raises."""
    authorisation.require(Action.READ_KEYS, actor=actor)
    if (now := SigningKey.objects.find_database_time()) is None:
        return []
    keys = stored.read_standing()
    return [_prospect(succession(keys, purpose, at=now)) for purpose in KeyPurpose]


def _listed(row: SigningKey, now: datetime) -> ListedKey:
    stage, since, until = _stage(row, now)
    return ListedKey(row.kid, row.purpose, row.algorithm, stage, since, until)


def _stage(row: SigningKey, now: datetime) -> tuple[Stage, datetime, datetime | None]:
    if row.withdrawn_at is not None:
        return Stage.WITHDRAWN, row.withdrawn_at, None
    if row.signing_from is None or row.signing_from > now:
        return Stage.PUBLISHED, row.published_at, row.signing_from
    if row.signing_until is None or row.signing_until > now:
        return Stage.SIGNING, row.signing_from, row.signing_until
    return Stage.RETIRED, row.signing_until, kept_until(row)


def _prospect(found: Succession) -> Prospect:
    following = found.intended
    return Prospect(
        purpose=found.purpose,
        kid=following.kid if following else None,
        known_at=known_at(following.published_at) if following else None,
        due_at=found.due_at,
    )
