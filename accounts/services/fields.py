"""Input that has come through no serializer: REST's rules for it, refused under the same names and codes."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator, RegexValidator
from django.utils.timezone import is_naive
from phonenumber_field.modelfields import PhoneNumberField

from accounts import identifiers, passwords
from accounts.errors import FieldError, InvalidInput, NotFound
from accounts.models import PROFILE_FIELDS, User
from accounts.models.clients import MAX_SCOPES, NAME_MAX_LENGTH, SCOPE_MAX_LENGTH, SCOPE_TOKEN, SCOPES_MAX_LENGTH
from accounts.models.suspensions import REASON_MAX_LENGTH

Rule = Callable[[Any], Any]
"""From what was sent to what a service takes; ValidationError, each with its code, for what does not fit."""

ENTERED_EMAIL_MAX_LENGTH: Final = 320
GROUP_NAME_MAX_LENGTH: Final = 150


def checked(values: Mapping[str, Any], **rules: Rule) -> dict[str, Any]:
    """The values as the services take them, each by the rule of its name. InvalidInput names all that do not fit."""
    clean: dict[str, Any] = {}
    problems: list[FieldError] = []
    for name, value in values.items():
        try:
            clean[name] = rules[name](value)
        except ValidationError as exc:
            problems += [FieldError(name, e.code or "invalid", " ".join(e.messages)) for e in exc.error_list]
    if problems:
        raise InvalidInput(problems)
    return clean


def canonical_id(value: str) -> UUID:
    """As ids are answered. NotFound for any other spelling that `UUID` would read: a name has one."""
    try:
        parsed = UUID(value)
    except ValueError:
        raise NotFound from None
    if str(parsed) != value:
        raise NotFound
    return parsed


def token(value: str | None) -> str:
    """Exactly as it came: one that was trimmed into shape would be another text."""
    return _passed(_line(value), [no_surrogates])


def entered_email(value: str) -> str:
    """An address to look for: whatever somebody may take for theirs."""
    return _passed(_line(value.strip()), [MaxLengthValidator(ENTERED_EMAIL_MAX_LENGTH), no_surrogates])


def new_email(value: str | None) -> str:
    """An address to keep, normalised."""
    address = identifiers.normalise_email(_line(_present(value).strip()))
    limit = MaxLengthValidator(identifiers.EMAIL_MAX_LENGTH)
    return _passed(address, [identifiers.validate_email, limit, no_surrogates])


def password(value: str) -> str:
    """As typed, never trimmed; measured as it is normalised. Whether it is a good one is for its service to say."""
    limit = MaxLengthValidator(passwords.MAX_LENGTH)
    _passed(passwords.normalise(_present(value)), [limit, ProhibitNullCharactersValidator(), no_surrogates])
    return value


def reason(value: str) -> str:
    """Of a suspension: a line for its history."""
    return _passed(_line(value.strip()), [MaxLengthValidator(REASON_MAX_LENGTH), no_surrogates])


def client_name(value: str) -> str:
    """A line for people."""
    return _passed(_line(value.strip()), [MaxLengthValidator(NAME_MAX_LENGTH), no_surrogates])


def search(value: str) -> str:
    """The beginning of whatever people are known by."""
    return _passed(_line(value.strip()), [MaxLengthValidator(identifiers.EMAIL_MAX_LENGTH), no_surrogates])


def group_name(value: str) -> str:
    """Of one that may exist."""
    return _passed(_line(value.strip()), [MaxLengthValidator(GROUP_NAME_MAX_LENGTH), no_surrogates])


def group_names(values: list[str] | None) -> list[str]:
    """How many there may be, and which there are, is for their service to say."""
    if values is None:
        raise ValidationError("This may not be null.", code="null")
    return [group_name(value) for value in values]


def flag(value: bool | None) -> bool:  # noqa: FBT001 - a rule
    if value is None:
        raise ValidationError("This may not be null.", code="null")
    return value


def scopes(values: list[str]) -> list[str]:
    """Of a service client, each by RFC 6749 section 3.3."""
    if len(values) > MAX_SCOPES:
        raise ValidationError(f"At most {MAX_SCOPES}.", code="max_length")
    each = [_passed(_line(value.strip()), [is_scope, MaxLengthValidator(SCOPE_MAX_LENGTH)]) for value in values]
    fit_into_a_token(each)
    return each


def fit_into_a_token(scopes: Collection[str]) -> None:
    """As they stand there: each once, with spaces between."""
    if len(" ".join({*scopes})) > SCOPES_MAX_LENGTH:
        raise ValidationError(f"At most {SCOPES_MAX_LENGTH} characters together.", code="max_length")


is_scope: Final = RegexValidator(
    SCOPE_TOKEN, 'Printable ASCII without spaces, quotes (") and backslashes.', code="invalid_scope"
)


def moment(value: datetime | None) -> datetime | None:
    """With an offset, because whose clock it would be otherwise nobody knows."""
    if value is None:
        return None
    if is_naive(value):
        raise ValidationError("Say the offset, too, such as 2030-01-31T08:00:00Z.", code="no_offset")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValidationError("Datetime value out of range.", code="overflow") from None


def profile() -> dict[str, Rule]:
    """A rule for each profile field: that of its column."""
    return {name: partial(_column, User._meta.get_field(name)) for name in PROFILE_FIELDS}  # noqa: SLF001


def _column(column: Any, value: Any) -> Any:  # a field of whatever type
    if value is None and not column.null:
        raise ValidationError("This may not be null.", code="null")
    if not isinstance(value, str):
        return column.clean(value, None)
    text = value.strip()
    if text and isinstance(column, PhoneNumberField):
        return _phone_number(column, text)
    if text:
        _passed(_line(text), [*column.validators, no_surrogates])
    return column.clean(text, None)


def _phone_number(column: PhoneNumberField, text: str) -> Any:
    """What is no number is not measured, too. Read once: nothing else takes as long of all that a person is asked."""
    try:
        return column.clean(text, None)
    except ValidationError as exc:
        raise next((error for error in exc.error_list if error.code == "invalid"), exc) from None


def _line(value: str | None) -> str:
    text = _present(value)
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValidationError("Control characters can't be part of this.", code="control_characters")
    return text


def _present(value: str | None) -> str:
    if value is None:
        raise ValidationError("This may not be null.", code="null")
    if not value:
        raise ValidationError("This may not be blank.", code="blank")
    return value


def no_surrogates(value: str) -> None:
    if any(unicodedata.category(character) == "Cs" for character in value):
        raise ValidationError("Half a character can't be part of this.", code="surrogate_characters_not_allowed")


def _passed(value: str, validators: Iterable[Callable[[Any], None]]) -> str:
    """The value, if it passes all of them; else everything that is wrong with it."""
    problems: list[ValidationError] = []
    for validator in validators:
        try:
            validator(value)
        except ValidationError as exc:
            problems += exc.error_list
    if problems:
        raise ValidationError(problems)
    return value
