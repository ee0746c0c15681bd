"""Reads forms as OAuth clients send them (RFC 6749 appendix B): small, UTF-8, no parameter twice."""

from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import parse_qsl

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from accounts.rest.parsers import read_bounded


class FormParser(BaseParser):
    """Raises ParseError (400) or BodyTooLarge (413)."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, str]:
        raw = read_bounded(stream)
        try:
            pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            raise ParseError("The form is not UTF-8.") from None
        parameters = dict(pairs)
        if len(parameters) != len(pairs):
            raise ParseError("A parameter appears twice.")
        return parameters


def given_in(data: Mapping[str, Any]) -> dict[str, Any]:
    """RFC 6749 section 3.2: a parameter without a value is treated as if it were not there."""
    return {name: value for name, value in data.items() if value not in ("", None)}
