"""Says what of a profile somebody else has already: a field of one's own may be for one person alone."""

from collections.abc import Mapping
from copy import copy
from typing import Any, Final

from django.core.exceptions import ValidationError

from accounts.errors import FieldError, InvalidInput
from accounts.models import User

NO_CHANGES: Final[Mapping[str, Any]] = {}


def require_unique(user: User, changes: Mapping[str, Any] = NO_CHANGES) -> None:
    """Raises InvalidInput where somebody else has what the user would have, who need not be there yet. Says nothing of
    the address: whether that is taken is not for everybody to hear.
    """
    wanted = copy(user)
    for name, value in changes.items():
        setattr(wanted, name, value)
    try:
        wanted.validate_unique(exclude={"id", "email"})
    except ValidationError as exc:
        taken = exc.message_dict.items()
        raise InvalidInput([FieldError(field, "unique", details[0]) for field, details in taken]) from None
