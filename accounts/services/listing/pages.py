"""Reads a page of people: their places by one index, then the people themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from accounts.models import User
from accounts.principals import Principal
from accounts.services import authorisation
from accounts.services.authorisation import Action
from accounts.services.listing import places, selecting
from accounts.services.listing.asked import Asked
from accounts.services.listing.places import Place
from accounts.services.listing.selecting import Selection, Spot

LOOKED_AT: Final = 1000
"""As many rows at most for one page: where few of them fit it is shorter, and the next one goes on behind them."""


@dataclass(frozen=True, slots=True)
class Page:
    """Each user with their `group_names`, and beside them in `places` where they stand."""

    users: list[User]
    places: list[Place]
    next: Place | None
    previous: Place | None


def read(asked: Asked, *, place: Place | None = None, limit: int, actor: Principal) -> Page:
    """At most `limit` people; fewer do not mean that there are no more: `next` does.

    Raises what `authorisation.require` does; InvalidInput for what does not go together, a group that there is not, and
    a place of another order.
    """
    authorisation.require(Action.LIST_USERS, actor=actor)
    selection = selecting.select(asked)
    if place is not None and place.order != selection.name:
        raise places.foreign()
    found, last = _look(selection, place, limit)
    return _page(selection, place, found, last)


def _look(selection: Selection, place: Place | None, limit: int) -> tuple[list[Spot], Spot | None]:
    """Those who fit, in the direction of the reader, and the last that was looked at, if there may be more."""
    count = limit + 1 if selection.sifting is None else LOOKED_AT
    looked_at = selection.spots(place, count)
    fitting = [spot for spot in looked_at if spot.fits]
    if len(fitting) > limit:
        return fitting[:limit], fitting[limit - 1]
    return fitting, looked_at[-1] if len(looked_at) == count else None


def _page(selection: Selection, place: Place | None, found: Sequence[Spot], last: Spot | None) -> Page:
    """In the order, whatever the direction. Before a page that was reached from another one there is that one."""
    is_backward = place is not None and place.is_backward
    onward = None if last is None else _place(selection, last, is_backward=is_backward)
    back = None if place is None else _way_back(selection, place, found)
    spots = found[::-1] if is_backward else found
    people = {user.pk: user for user in User.objects.present().filter(pk__in=[spot.user_id for spot in spots]).whole()}
    there = [spot for spot in spots if spot.user_id in people]
    return Page(
        users=[people[spot.user_id] for spot in there],
        places=[_place(selection, spot) for spot in there],
        next=back if is_backward else onward,
        previous=onward if is_backward else back,
    )


def _way_back(selection: Selection, place: Place, found: Sequence[Spot]) -> Place:
    """To where the reader came from: from the first of this page, or, without any, from where it would begin."""
    if found:
        return _place(selection, found[0], is_backward=not place.is_backward)
    return replace(place, is_backward=not place.is_backward, is_inclusive=not place.is_inclusive)


def _place(selection: Selection, spot: Spot, *, is_backward: bool = False) -> Place:
    return Place(selection.name, spot.value, spot.user_id, is_backward)
