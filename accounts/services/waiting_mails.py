"""Which mails wait in the outbox, for those who look into it: to whom and since when, and not what is in them."""

from django.db.models import QuerySet

from accounts.models import Mail
from accounts.principals import Principal
from accounts.services import authorisation, counting
from accounts.services.authorisation import Action
from accounts.services.counting import Some


def listed(*, actor: Principal) -> QuerySet[Mail]:
    """Those that are tried next come first; without the seed that codes are derived from. What `authorisation.require`
    raises.
    """
    authorisation.require(Action.READ_MAILS, actor=actor)
    return Mail.objects.defer("seed").order_by("due_at", "pk")


def waiting(*, actor: Principal) -> Some:
    """Since when the oldest was asked for. What `authorisation.require` raises."""
    return counting.some(listed(actor=actor).values_list("created_at", flat=True))
