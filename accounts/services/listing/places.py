"""Where a page begins, as an opaque cursor: a value of the order and an id, so that it holds when its row is gone."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.errors import FieldError, InvalidInput
from accounts.services.listing.asked import ORDERS, OrderName


@dataclass(frozen=True, slots=True)
class Place:
    """Behind somebody in an order, or before them where one goes backward; with them where it is inclusive."""

    order: OrderName
    value: Any
    user_id: UUID
    is_backward: bool = False
    is_inclusive: bool = False


def write(place: Place) -> str:
    flags = [place.is_backward, place.is_inclusive]
    text = json.dumps([place.order, str(place.value), str(place.user_id), *flags], separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, *, field: str = "cursor") -> Place:
    """InvalidInput, of the field, for whatever `write` has not written."""
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
        name, value, user_id, is_backward, is_inclusive = json.loads(text)
        order = OrderName(name)
        place = Place(order, ORDERS[order].parse(value), UUID(user_id), is_backward is True, is_inclusive is True)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise foreign(field) from None
    if write(place) != cursor:
        raise foreign(field)
    return place


def foreign(field: str = "cursor") -> InvalidInput:
    return InvalidInput([FieldError(field, "invalid", "This is no cursor of ours, or it is of another order.")])
