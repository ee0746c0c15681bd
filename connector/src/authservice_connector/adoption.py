"""Gives rows that a service had before to the people of the auth service with the same verified address.

An operator's work, done once: an address proves nothing about who filled a row, so what is not plain is refused.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models, transaction

from authservice_connector import local_users, references
from authservice_connector.locking import locked
from authservice_connector.models import RemoteUser
from authservice_connector.signals import user_mirrored

__all__ = ["Decision", "adopt", "decisions"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of somebody whose address a row of before bears. `refusal`: why nothing does.

    `kept_by` counts what refers to the row that was made for them at first sight, which therefore stays, emptied.
    """

    remote: RemoteUser
    local: Any
    refusal: str = ""
    kept_by: str = ""


def decisions(issuer: str) -> Iterator[Decision]:
    """In the order of first sight. Nothing is changed."""
    locals_of, remotes_of = _unlinked_by_address(), _addresses_of_people(issuer)
    people = RemoteUser.objects.select_related("user").filter(issuer=issuer, deleted_at=None).order_by("pk")
    for remote in people.iterator():
        address = _plain(remote.email)
        if address and (keys := locals_of.get(address)):
            yield _decided(remote, keys, remotes_of[address])


def adopt(decision: Decision) -> Decision:
    """As `decision` says, unless things have changed since: then it is refused. One transaction."""
    with transaction.atomic():
        # whatever is to refer to a locked row waits, so that nothing new goes down with the one of first sight
        people, rows = RemoteUser.objects.filter(pk=decision.remote.pk), _rows().select_for_update()
        remote = locked(people.filter(user=decision.remote.user_id, deleted_at=None)).first()
        rows.filter(pk=decision.remote.user_id).first()
        local: Any = rows.filter(pk=decision.local.pk).first()
        if remote is None or local is None or not _plain(remote.email) == _address(local) == _address(decision.local):
            return replace(decision, refusal="it has changed meanwhile")
        now = _decided(remote, [local.pk], 1)
        if not now.refusal:
            _move(remote, now)
        return now


def _decided(remote: RemoteUser, keys: list[Any], people: int) -> Decision:
    local: Any = _rows().get(pk=keys[0])
    if refusal := _refusal(remote, local, len(keys), people):
        return Decision(remote, local, refusal)
    kept_by = references.count(remote.user, but=(RemoteUser,))
    return Decision(remote, local, kept_by=", ".join(f"{number} {label}" for label, number in kept_by.items()))


def _refusal(remote: RemoteUser, local: Any, rows: int, people: int) -> str:
    if rows > 1:
        return f"{rows} rows here bear the address"
    if people > 1:
        return f"{people} people of the auth service bear the address"
    if not remote.email_verified:
        return "the address is not verified"
    if remote.is_stale:
        return "the details are not up to date"
    if RemoteUser.objects.filter(user=local).exists():
        return "the row is somebody's already"
    if _has_privileges(local):
        return "the row has privileges, which an address does not prove a right to"
    if not local_users.is_as_created(remote.user, subject=remote.subject):
        return "they have a row that is not as it was made at first sight"
    return ""


def _has_privileges(local: Any) -> bool:
    if getattr(local, "is_staff", False) or getattr(local, "is_superuser", False):
        return True
    granted = (getattr(local, name, None) for name in ("groups", "user_permissions"))
    return any(isinstance(each, models.Manager) and each.exists() for each in granted)


def _move(remote: RemoteUser, decision: Decision) -> None:
    """Whoever filled the row may not be who owns the address: its password goes, and its sessions with it."""
    placeholder, remote.user = remote.user, decision.local
    remote.save(update_fields=["user"])
    if decision.kept_by:
        local_users.anonymise(placeholder, subject=remote.subject)
    else:
        placeholder.delete()
    decision.local.set_unusable_password()
    decision.local.save(update_fields=["password"])
    remote.lacks_values = not local_users.fill(decision.local, remote.profile, subject=remote.subject)
    remote.save(update_fields=["lacks_values"])
    user_mirrored.send(RemoteUser, remote=remote, user=decision.local, created=False)


def _rows() -> "models.Manager[Any]":
    return get_user_model()._default_manager  # noqa: SLF001 - Django's own name for it


def _unlinked_by_address() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    name = _field_name()
    unlinked = _rows().filter(remote=None)
    for key, address in unlinked.values_list("pk", name).iterator():
        if address:
            found[_plain(address)].append(key)
    return found


def _addresses_of_people(issuer: str) -> Counter[str]:
    addresses = RemoteUser.objects.filter(issuer=issuer, deleted_at=None).values_list("email", flat=True)
    return Counter(_plain(address) for address in addresses.iterator())


def _address(local: Any) -> str:
    return _plain(getattr(local, _field_name()))


def _field_name() -> str:
    user_model: Any = get_user_model()
    return str(user_model.get_email_field_name())


def _plain(address: str) -> str:
    """As the auth service compares them: variants in case or Unicode form are one address."""
    return unicodedata.normalize("NFKC", address.strip()).casefold()
