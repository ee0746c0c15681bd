"""Reads JSON bodies strictly: small, UTF-8, one object, no member twice, nothing that is not JSON."""

import json
from collections.abc import Mapping
from typing import IO, Any, Final

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_BYTES: Final = 64 * 1024


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"
    default_detail = f"At most {MAX_BYTES // 1024} KB."


def read_bounded(stream: IO[Any]) -> bytes:
    """The body. Raises BodyTooLarge."""
    raw: bytes = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise BodyTooLarge
    return raw


class StrictJSONParser(BaseParser):
    """Raises ParseError (400) or BodyTooLarge (413); an empty body is an empty object."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        raw = read_bounded(stream)
        if not raw.strip():
            return {}
        try:
            data = json.loads(raw.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_refuse_constant)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError as exc:
            raise ParseError(f"The body is not JSON: {exc}.") from None
        if not isinstance(data, dict):
            raise ParseError("The body is JSON, but no object: write {...}.")
        return data


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 8259 section 4 leaves open which of two members of one name counts; programs differ, so none does here."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member appears twice")
    return members


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")
