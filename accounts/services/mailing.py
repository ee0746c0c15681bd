"""Asks for a mail. What is in it is decided when it is sent, by the worker: no answer waits for that, or shows it."""

from uuid import UUID

from accounts.models import Mail, MailKind


def enqueue(
    kind: MailKind, *, address: str, user_id: UUID | None = None, credentials_version: int | None = None
) -> None:
    """Within the caller's transaction: the mail goes if that commits. The address need be nobody's."""
    Mail.objects.create(kind=kind, address=address, user_id=user_id, credentials_version=credentials_version)
