"""Keeps a local row for everybody who calls, and brings it up to date; by issuer and subject, never by e-mail."""

from collections.abc import Mapping
from typing import Any, NoReturn

from django.db import IntegrityError, transaction
from django.utils import timezone

from authservice_connector import local_users
from authservice_connector.asking import Asking
from authservice_connector.claims import VerifiedClaims
from authservice_connector.conf import Deletion, connector_settings
from authservice_connector.errors import CannotTell, SessionRevoked
from authservice_connector.locking import locked
from authservice_connector.models import RemoteUser
from authservice_connector.signals import user_deleted, user_mirrored, user_reinstated, user_suspended

__all__ = ["apply", "find", "lock", "person_behind", "refill", "remove"]


def find(issuer: str, subject: str) -> RemoteUser | None:
    """With its local user."""
    try:  # there is one at most, so that nothing has to be put in order, which costs as much again
        return RemoteUser.objects.select_related("user").get(issuer=issuer, subject=subject)
    except RemoteUser.DoesNotExist:
        return None


def person_behind(claims: VerifiedClaims, token: str, *, asking: Asking) -> RemoteUser:
    """The mirrored person, made at first sight with details that their own token fetches, unless they came along.

    SessionRevoked for somebody who was deleted; CannotTell if the details can't be had now.
    """
    remote, told = find(claims.issuer, claims.subject), claims.told_user
    if told is not None and told.get("id") != claims.subject:
        raise CannotTell("The auth service tells of somebody else than whose token it is.")
    if told is not None and (remote is None or remote.version != told.get("version")):
        remote = apply(claims.issuer, told)
    elif remote is None or remote.is_unconfirmed:
        remote = apply(claims.issuer, _own_details(claims, token, asking))
    if remote.deleted_at is not None:
        _refuse_deleted(remote, claims)
    return remote


def apply(issuer: str, details: Mapping[str, Any], *, settled: bool = False) -> RemoteUser:
    """What the auth service told of a person, unless something newer is here already. CannotTell for what is no user
    object. Of parallel callers one makes the row.

    `settled`: no notice can have told of a change since these details were read. Otherwise a new row is born stale: a
    notice that came meanwhile found nothing to mark.
    """
    subject, version = details.get("id"), details.get("version")
    if not isinstance(subject, str) or not subject or type(version) is not int:
        raise CannotTell("The auth service's user object does not read.")
    try:
        return _apply(issuer, subject, details, settled=settled)
    except IntegrityError:  # somebody else was quicker
        return _apply(issuer, subject, details, settled=settled)


def remove(remote: RemoteUser) -> None:
    """Within a transaction: the signal first, so that receivers still know whom it is about, then the row."""
    user = remote.user
    user_deleted.send(RemoteUser, remote=remote, user=user)
    if connector_settings.on_deletion == Deletion.DELETE:
        user.delete()
        return
    remote.was_active = getattr(user, "is_active", True) is not False
    local_users.anonymise(user, subject=remote.subject)
    remote.email, remote.email_verified, remote.profile, remote.lacks_values = "", False, {}, False
    remote.is_stale, remote.deleted_at = False, remote.deleted_at or timezone.now()
    remote.save()


def refill(issuer: str, subject: str) -> None:
    """Within a transaction: what was somebody else's when their details were written, and is free now."""
    remote = lock(issuer, subject)
    if remote is not None and remote.deleted_at is None and remote.lacks_values:
        remote.lacks_values = not local_users.fill(remote.user, remote.profile, subject=subject)
        remote.save(update_fields=["lacks_values"])


def lock(issuer: str, subject: str) -> RemoteUser | None:
    """The row alone: not every database can leave its user out of a lock that a join takes."""
    return locked(RemoteUser.objects.filter(issuer=issuer, subject=subject)).first()


def _refuse_deleted(remote: RemoteUser, claims: VerifiedClaims) -> NoReturn:
    """A token of after their deletion is one of somebody who is there again: the auth service was set back. They are
    looked up, since only that brings a row back.
    """
    deleted_at = remote.deleted_at.timestamp() if remote.deleted_at else 0
    if claims.issued_at <= deleted_at + connector_settings.leeway_seconds:
        raise SessionRevoked("This person was deleted.")
    RemoteUser.objects.filter(pk=remote.pk, is_stale=False).update(is_stale=True)
    raise CannotTell("This person was deleted here and is there again; they are looked up.", retry_after=10)


def _own_details(claims: VerifiedClaims, token: str, asking: Asking) -> Mapping[str, Any]:
    answer = asking.own_user(token)
    if (refusal := answer.refusal) is not None:
        raise refusal
    if answer.status != 200 or answer.document.get("id") != claims.subject:  # noqa: PLR2004
        raise CannotTell(f"The auth service answers {answer.status} to GET /auth/user.")
    return answer.document


@transaction.atomic
def _apply(issuer: str, subject: str, details: Mapping[str, Any], *, settled: bool) -> RemoteUser:
    remote = lock(issuer, subject)
    is_new = remote is None
    if remote is None:
        user, is_whole = local_users.create(details, subject=subject)
        remote = RemoteUser(user=user, issuer=issuer, subject=subject, is_stale=not settled, lacks_values=not is_whole)
    elif settled:
        remote.is_stale = False
        if remote.deleted_at is not None:
            _bring_back(remote)
    if remote.deleted_at is None and remote.version <= details["version"]:
        _write(remote, details, is_new=is_new)
    else:
        remote.save(update_fields=["is_stale"])
    return remote


def _bring_back(remote: RemoteUser) -> None:
    """Whoever was disabled in this service before stays so."""
    local_users.bring_back(remote.user, is_active=remote.was_active)
    remote.deleted_at, remote.version = None, 0


def _write(remote: RemoteUser, details: Mapping[str, Any], *, is_new: bool) -> None:
    if not is_new:
        remote.lacks_values = not local_users.fill(remote.user, details, subject=remote.subject)
    was_suspended, remote.is_suspended = remote.is_suspended, details.get("is_active") is False
    remote.version, remote.profile = details["version"], dict(details)
    remote.email, remote.email_verified = str(details.get("email") or ""), details.get("email_verified") is True
    remote.save()
    user_mirrored.send(RemoteUser, remote=remote, user=remote.user, created=is_new)
    if remote.is_suspended != was_suspended:
        told = user_suspended if remote.is_suspended else user_reinstated
        told.send(RemoteUser, remote=remote, user=remote.user)
