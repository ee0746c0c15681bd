"""What a caller asks for when people are listed, and which orders go with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from accounts.errors import FieldError, InvalidInput
from accounts.models.ordering import BY_EMAIL, BY_ID, BY_JOINING, Order

SEARCH_MAX_LENGTH: Final = 254


class OrderName(StrEnum):
    """As a caller says it: the other way round with a dash.

    None by the last sign-in: its index would have to be written at every one.
    """

    NEWEST = "-date_joined"
    OLDEST = "date_joined"
    EMAIL = "email"
    EMAIL_BACKWARD = "-email"
    ID = "id"


ORDERS: Final[dict[OrderName, Order]] = {
    OrderName.NEWEST: BY_JOINING,
    OrderName.OLDEST: BY_JOINING,
    OrderName.EMAIL: BY_EMAIL,
    OrderName.EMAIL_BACKWARD: BY_EMAIL,
    OrderName.ID: BY_ID,
}
BY_ADDRESS: Final = (OrderName.EMAIL, OrderName.EMAIL_BACKWARD)
BY_DATE: Final = (OrderName.NEWEST, OrderName.OLDEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """None: whatever it is. `search` is the beginning of an e-mail address or an id."""

    search: str | None = None
    is_active: bool | None = None
    is_staff: bool | None = None
    group: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    order: OrderName | None = None

    @property
    def order_name(self) -> OrderName:
        """The one that was asked for, or the first that goes with the rest. InvalidInput for one that does not."""
        by, those = self._leading()
        if self.order is None:
            return those[0]
        if self.order not in those:
            detail = f"With {by} people are listed by {' or '.join(f'`{name}`' for name in those)}."
            raise InvalidInput([FieldError("order", "does_not_go_together", detail)])
        return self.order

    def _leading(self) -> tuple[str, Sequence[OrderName]]:
        """What finds the people, and the orders of the index that does; the rest is looked at one by one."""
        if self.search:
            return "`search`", BY_ADDRESS
        if self.group is not None:
            return "`group`", (OrderName.ID,)
        if self.is_staff:
            return "`is_staff`", BY_DATE
        if self.is_active is False:
            return "`is_active=false`", BY_DATE
        if self.created_after or self.created_before:
            return "`created_after` and `created_before`", BY_DATE
        return "nothing else", tuple(OrderName)
