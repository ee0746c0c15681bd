"""Writes one JSON object member by member, so that a long answer takes no more memory than a short one."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder


class _Encoder(DjangoJSONEncoder):
    """What is of a column's own type, such as a phone number, is told as it reads."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def stream(members: Iterable[tuple[str, dict[str, Any] | Iterator[dict[str, Any]]]]) -> Iterator[bytes]:
    """UTF-8, in pieces; what breaks off in the middle is no JSON, so nobody takes it for all."""
    opening = b"{"
    for name, value in members:
        yield opening + _written(name) + b":"
        if isinstance(value, dict):
            yield _written(value)
        else:
            yield from _array(value)
        opening = b","
    yield b"}"


def _array(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    opening = b"["
    for row in rows:
        yield opening + _written(row)
        opening = b","
    yield b"[]" if opening == b"[" else b"]"


def _written(value: object) -> bytes:
    return json.dumps(value, cls=_Encoder, ensure_ascii=False, separators=(",", ":")).encode()
