"""Finds the rows that a listing asks for: by one index, and what else is asked of them looked at one by one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.contrib.auth.models import Group
from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.lookups import IsNull

from accounts import identifiers
from accounts.errors import FieldError, InvalidInput
from accounts.models import User
from accounts.models.ordering import Bytewise, Order
from accounts.models.users import UserQuerySet
from accounts.services import groups
from accounts.services.listing.asked import ORDERS, Asked, OrderName
from accounts.services.listing.places import Place

LAST_CHARACTER: Final = "\U0010ffff"
LOWEST: Final = str(UUID(int=0))
HIGHEST: Final = str(UUID(int=2**128 - 1))
CANONICAL: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHORTEST_START_OF_ID: Final = 8
FOUND_BY_ID: Final = 200
"""As many at most: beside them, whoever wants another one says more of the id."""

MEMBERS: Final = User.groups.through


class Spot(NamedTuple):
    """Somebody's place in the order, and whether all that was asked holds of them."""

    value: Any
    user_id: UUID
    fits: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """`sources` are rows in one order each; `user_id` names their column that has the id."""

    name: OrderName
    sources: Sequence[QuerySet[Any]]
    user_id: str
    sifting: Q | None

    @property
    def order(self) -> Order:
        return ORDERS[self.name]

    def spots(self, place: Place | None, count: int) -> list[Spot]:
        """The first so many behind a place, or from the beginning, in the direction of the reader."""
        is_backward = place is not None and place.is_backward
        is_descending = self.name.startswith("-") != is_backward
        found = {Spot(*row) for rows in self.sources for row in self._read(rows, place, is_descending)[:count]}
        return sorted(found, key=itemgetter(0, 1), reverse=is_descending)[:count]

    def _read(self, rows: QuerySet[Any], place: Place | None, is_descending: bool) -> QuerySet[Any, Any]:  # noqa: FBT001
        if place is not None:
            at, inclusive = (place.value, place.user_id), place.is_inclusive
            rows = rows.filter(
                self.order.behind(at, user_id=self.user_id, is_backward=is_descending, is_inclusive=inclusive)
            )
        value = self.order.value
        fits = Value(value=True) if self.sifting is None else ExpressionWrapper(self.sifting, BooleanField())
        ordered = [F(self.user_id)] if value is None else [value, F(self.user_id)]
        rows = rows.order_by(*(each.desc() if is_descending else each.asc() for each in ordered))
        told: QuerySet[Any, Any] = rows.annotate(
            value=Value("") if value is None else value, holder=F(self.user_id), fits=fits
        )
        return told.values_list("value", "holder", "fits")


def select(asked: Asked) -> Selection:
    """InvalidInput for what does not go together, and for a group that there is not."""
    name = asked.order_name
    group = None if asked.group is None else _group(asked.group)
    if asked.search:
        return Selection(name, _beginning_with(asked.search), "id", _sifting(asked, group))
    if group is not None:
        sifting = _sifting(asked, None)
        holder = User.objects.filter(pk=OuterRef("user_id"))
        return Selection(name, [_members(group)], "user_id", sifting and _is_there(holder.filter(sifting)))
    return _all(name, asked)


def _group(name: str) -> Group:
    group = Group.objects.filter(name=name).first() if groups.may_exist(name) else None
    if group is None:
        raise InvalidInput([FieldError("group", "does_not_exist", "There is no such group.")])
    return group


def _members(group: Group) -> QuerySet[Any]:
    return MEMBERS._default_manager.filter(group=group)  # noqa: SLF001 - the table has no manager of its own


def _beginning_with(search: str) -> list[UserQuerySet]:
    """Those whose address begins so, and, where it reads as the beginning of an id, those few who have such a one."""
    start = identifiers.normalise_email(search)
    addresses = User.objects.present().alias(bytewise=Bytewise("email"))
    sources = [addresses.filter(bytewise__gte=start, bytewise__lt=start + LAST_CHARACTER)]
    lowest, highest = start + LOWEST[len(start) :], start + HIGHEST[len(start) :]
    if len(start) >= SHORTEST_START_OF_ID and CANONICAL.fullmatch(lowest):
        alike = User.objects.filter(pk__gte=UUID(lowest), pk__lte=UUID(highest)).order_by("pk")
        ids = list(alike.values_list("pk", flat=True)[:FOUND_BY_ID])
        sources.append(User.objects.present().filter(pk__in=ids))
    return sources


def _all(name: OrderName, asked: Asked) -> Selection:
    """What an index is for is asked of it; the most of all people need not be looked for, and are sifted."""
    rows, left = User.objects.present(), asked
    if asked.is_staff:
        rows, left = rows.filter(is_staff=True), replace(left, is_staff=None)
    elif asked.is_active is False:
        rows, left = rows.filter(is_active=False), replace(left, is_active=None)
    if asked.created_after is not None:
        rows, left = rows.filter(date_joined__gte=asked.created_after), replace(left, created_after=None)
    if asked.created_before is not None:
        rows, left = rows.filter(date_joined__lt=asked.created_before), replace(left, created_before=None)
    return Selection(name, [rows], "id", _sifting(left, None))


def _sifting(asked: Asked, group: Group | None) -> Q | None:
    """What is still to hold of each user."""
    wanted = {
        "is_active": asked.is_active,
        "is_staff": asked.is_staff,
        "date_joined__gte": asked.created_after,
        "date_joined__lt": asked.created_before,
    }
    sifting = Q(**{name: value for name, value in wanted.items() if value is not None})
    if group is not None:
        sifting &= _is_there(_members(group).filter(user=OuterRef("pk")))
    return sifting or None


def _is_there(rows: QuerySet[Any]) -> Q:
    """Asked of each row by itself: an EXISTS may be answered by reading all of the other table."""
    return Q(IsNull(Subquery(rows.values("pk")[:1]), False))  # noqa: FBT003 - a lookup: "is null" is false
