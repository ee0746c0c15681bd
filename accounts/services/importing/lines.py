"""One line of a file of people: what it may say, and all that is wrong with it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import CharField, TextField
from django.utils.dateparse import parse_datetime

from accounts.errors import FieldError, InvalidInput, NotFound
from accounts.models import PROFILE_FIELDS, User
from accounts.services import fields
from accounts.services.fields import Rule
from accounts.services.importing import hashes

MAX_BYTES: Final = 16 * 1024
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
NAME: Final = re.compile(r"[a-z_]{1,40}")
"""What may be told of the name of a member that is none of ours: another one may be anything, also an address."""


@dataclass(frozen=True, slots=True)
class Line:
    """`text` is None where it was too long to be kept."""

    number: int
    text: bytes | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may be taken over, and the line where they stand."""

    line: int
    user: User
    has_own_id: bool


def read(file: BinaryIO) -> Iterator[Line]:
    """Those that are not blank, however long the file, or one of its lines, may be."""
    number = 0
    while text := file.readline(MAX_BYTES):
        number += 1
        is_whole = True
        rest = text
        while len(rest) == MAX_BYTES and not rest.endswith(b"\n") and (rest := file.readline(MAX_BYTES)):
            is_whole = False
        if number == 1:
            text = text.removeprefix(BYTE_ORDER_MARK)
        if not is_whole or text.strip():
            yield Line(number, text if is_whole else None)


def parse(line: Line) -> Person:
    """InvalidInput names all that is wrong, and nothing that the line says."""
    values = _object(line.text)
    unknown = sorted(name if NAME.fullmatch(name) else "?" for name in values.keys() - RULES.keys())
    problems = [FieldError(name, "unknown_field", "There is no such field.") for name in dict.fromkeys(unknown)]
    if "email" not in values:
        problems.append(FieldError("email", "required", "Everybody signs in by an address."))
    if problems:
        raise InvalidInput(problems)
    said = {"password": None} | values
    clean = fields.checked({name: said[name] for name in RULES if name in said}, **RULES)
    return Person(line.number, User(**clean), has_own_id="id" in clean)


def _object(text: bytes | None) -> dict[str, Any]:
    if text is None:
        raise _refusal("too_long", f"At most {MAX_BYTES} bytes a line.")
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_members)
    except UnicodeDecodeError:
        raise _refusal("not_utf8", "Write the file in UTF-8.") from None
    except (ValueError, RecursionError):
        raise _refusal("not_json", "Each line is one JSON object.") from None
    if not isinstance(value, dict):
        raise _refusal("not_an_object", "Each line is one JSON object.")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _refusal("named_twice", "A member is there twice.")
    return members


def _refusal(code: str, detail: str) -> InvalidInput:
    return InvalidInput([FieldError("", code, detail)])


def _text(rule: Rule) -> Rule:
    def checked(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("This is text.", code="not_text")
        return rule(value)

    return checked


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValidationError("This is true or false.", code="not_true_or_false")
    return value


def _moment(value: str) -> datetime | None:
    try:
        parsed = parse_datetime(value)
    except ValueError:
        parsed = None
    if parsed is None:
        raise ValidationError("Write it as 2030-01-31T08:00:00Z.", code="invalid")
    return fields.moment(parsed)


def _past(value: str) -> datetime | None:
    moment = _moment(value)
    if moment is not None and moment > datetime.now(UTC):
        raise ValidationError("This is still to come.", code="to_come")
    return moment


def _id(value: str) -> UUID:
    try:
        return fields.canonical_id(value)
    except NotFound:
        raise ValidationError("A UUID in lower case, with dashes.", code="invalid") from None


def _profile() -> dict[str, Rule]:
    """JSON's numbers are no text, although a column would take them for it."""
    columns = {name: User._meta.get_field(name) for name in PROFILE_FIELDS}  # noqa: SLF001 - Django's own name for it
    return {
        name: _text(rule) if isinstance(columns[name], CharField | TextField) else rule
        for name, rule in fields.profile().items()
    }


RULES: Final[dict[str, Rule]] = {
    "id": _text(_id),
    "email": _text(fields.new_email),
    "password": lambda value: hashes.taken(None) if value is None else _text(hashes.taken)(value),
    "email_verified": _flag,
    "is_active": _flag,
    "expires_at": lambda value: None if value is None else _text(_moment)(value),
    "date_joined": _text(_past),
    "last_login": lambda value: None if value is None else _text(_past)(value),
} | _profile()
