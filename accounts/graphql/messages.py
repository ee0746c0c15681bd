"""What graphql-core says of a bad document or variable, less what is not for showing."""

import re
from typing import Final

MAX_LENGTH: Final = 300
INVALID_VALUE: Final = " got invalid value"
PLACE: Final = re.compile(r" at '[A-Za-z_][\w.]*'\Z")


def shown(message: str) -> str:
    """Without the values that were sent (one may be a password), and short: a name may be as long as the body."""
    head, mark, rest = message.partition(INVALID_VALUE)
    value, _, reason = rest.rpartition("; ")
    place = PLACE.search(value[-MAX_LENGTH:])
    said = f"{head}{mark}{place.group() if place else ''}; {_reason(reason)}" if mark else _reason(message)
    return said[:MAX_LENGTH].encode(errors="backslashreplace").decode()


def _reason(message: str) -> str:
    """`String cannot represent a non string value: 12345`, `Expected value of type 'String!', found null.`"""
    said = message.partition(", found ")[0].partition(" has invalid value ")[0]
    head, mark, _ = said.partition(" value: ")
    return head + mark.removesuffix(": ")
