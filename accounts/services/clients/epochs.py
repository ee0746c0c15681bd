"""Ends a client's tokens: their `sid` is its epoch, and it gets another one."""

from uuid import uuid4

from accounts.models import NoticeType, ServiceClient
from accounts.notices import log


def renew_locked(client: ServiceClient) -> None:
    """Within a transaction that holds the client's row; to be saved. The notice names the epoch that ended."""
    log.append(NoticeType.CLIENT_CHANGED, client.pk, sid=str(client.epoch))
    client.epoch = uuid4()
