"""Holds the rows of whoever decides and of whomever it concerns, so that both are what they are taken for."""

from uuid import UUID

from accounts.models import User
from accounts.principals import Principal, UserPrincipal


def hold(*user_ids: UUID, actor: Principal) -> None:
    """Until the transaction ends: a right that somebody is about to lose is lost before, or after. In one order for
    everybody, so that no two who decide about each other wait for each other.
    """
    held = {*user_ids} | ({actor.user_id} if isinstance(actor, UserPrincipal) else set())
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=held).order_by("pk")
    list(rows.values_list("pk"))
