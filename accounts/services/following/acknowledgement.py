"""Notes how far those who hold personal data have followed the log; deletions wait for them."""

from django.db.models.functions import Now

from accounts.errors import CursorExpired, PermissionDenied
from accounts.models import DeletionConsumer, Notice
from accounts.notices.cursor import at
from accounts.notices.reader import START
from accounts.principals import ClientPrincipal, Principal
from accounts.services import authorisation
from accounts.services.authorisation import Action
from accounts.services.deleting import deletion
from accounts.services.following import notices
from accounts.services.transactions import transactional


@transactional
def acknowledge(*, cursor: str, actor: Principal) -> None:
    """The caller has dealt with every notice up to the cursor. An older one than it sent before changes nothing.

    PermissionDenied if no acknowledgement is expected of it, InvalidInput for what is no cursor, CursorExpired for
    one that this log doesn't know. What `authorisation.require` raises.
    """
    authorisation.require(Action.READ_NOTICES, actor=actor)
    consumer_id = actor.client_id if isinstance(actor, ClientPrincipal) else ""
    consumers = DeletionConsumer.objects.filter(pk=consumer_id, retired_at__isnull=True)
    if not consumers.exists():
        raise PermissionDenied("This is for service clients that hold personal data; nobody waits for this caller.")
    position = notices.parse(cursor, field="cursor")
    if position not in {START, *map(at, Notice.objects.filter(seq=position.seq))}:
        raise CursorExpired
    behind = consumers.filter(acknowledged_seq__lt=position.seq)
    if behind.update(acknowledged_seq=position.seq, acknowledged_at=Now()):
        deletion.note_acknowledged(consumer_id, position.seq)
