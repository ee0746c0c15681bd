"""Fields that take exactly what they say: text is text, an address is one address, a password keeps its spaces."""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.timezone import is_naive
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from phonenumber_field.modelfields import PhoneNumberField as PhoneNumberColumn
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator, UniqueValidator

from accounts import identifiers, passwords

MAX_NAMED = 20  # of unknown fields: the answer must not be ten times the question


class NoSurrogates(ProhibitSurrogateCharactersValidator):
    """DRF's own looks at each character in Python, and a token has hundreds."""

    def __call__(self, value: str) -> None:
        if not value.isascii():
            super().__call__(value)


class Written(serializers.CharField):
    """DRF's text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        others = [each for each in self.validators if not isinstance(each, ProhibitSurrogateCharactersValidator)]
        self.validators = [*others, NoSurrogates()]


class Text(Written):
    """A string, and nothing that would have to be made into one; no control characters."""

    default_error_messages = {"control_characters": "Control characters can't be part of this."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        value = str(super().to_internal_value(data))
        if not value.isprintable() and any(unicodedata.category(character) == "Cc" for character in value):
            self.fail("control_characters")
        return value


class Token(Text):
    """A token exactly as it came: one that was trimmed into shape would be another text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)


class Moment(serializers.DateTimeField):
    """RFC 3339: with an offset, because whose clock it would be otherwise nobody knows."""

    default_error_messages = {"no_offset": "Say the offset, too, such as 2030-01-31T08:00:00Z."}

    def enforce_timezone(self, value: datetime) -> datetime:
        if is_naive(value):
            self.fail("no_offset")
        return super().enforce_timezone(value)


class EmailAddress(Text):
    """Normalised, then validated: what comes out is what the database holds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=identifiers.EMAIL_MAX_LENGTH, validators=[identifiers.validate_email], **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return identifiers.normalise_email(super().to_internal_value(data))


class CanonicalId(serializers.UUIDField):
    """A UUID as ids are answered: a name has one spelling."""

    default_error_messages = {"invalid": "Must be a UUID in its canonical form."}

    def to_internal_value(self, data: Any) -> UUID:
        value: UUID = super().to_internal_value(data)
        if str(value) != data:
            self.fail("invalid")
        return value


class Password(Written):
    """Never trimmed, never shown; measured as it is normalised, and handed on as typed."""

    def __init__(self, **kwargs: Any) -> None:
        style = {"input_type": "password"}
        super().__init__(write_only=True, trim_whitespace=False, max_length=passwords.MAX_LENGTH, style=style, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))

    def run_validators(self, value: Any) -> None:
        super().run_validators(passwords.normalise(value))


class Flag(serializers.BooleanField):
    """True or false, and nothing that would have to be read as one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Strict:
    """A mixin for serializers: a field that they do not have is refused, not lost."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """drf-spectacular adds `Request` to the name of whatever is taken; ours bears it already."""
        super().__init_subclass__(**kwargs)
        set_override(cls, "component_name", cls.__name__.removesuffix("Request"))

    def to_internal_value(self, data: Any) -> Any:
        fields = {name for name, field in self.fields.items() if not field.read_only}  # type: ignore[attr-defined]
        unknown = [name for name in data if name not in fields] if isinstance(data, dict) else []
        if unknown:
            known = ", ".join(sorted(fields)) or "none"
            detail = serializers.ErrorDetail(f"There is no such field. There are: {known}.", code="unknown_field")
            raise serializers.ValidationError({name: [detail] for name in unknown[:MAX_NAMED]})
        return super().to_internal_value(data)  # type: ignore[misc]


def example(value: Mapping[str, Any]) -> Any:
    """What documents show and Swagger UI sends, so it has to pass every rule."""
    return extend_schema_serializer(examples=[OpenApiExample("Ada", value=value, request_only=True)])


def answer_examples(values: Mapping[str, Mapping[str, Any]]) -> Any:
    """What documents show of an answer, by name, where one made of the members' types would contradict itself."""
    good = ["200", "201", "202"]
    examples = [
        OpenApiExample(name, value=each, response_only=True, status_codes=good) for name, each in values.items()
    ]
    return extend_schema_serializer(examples=examples)


class RequestSerializer(Strict, serializers.Serializer[Any]):
    """A member that is not among these is refused."""


class ProfileRequestSerializer(Strict, serializers.ModelSerializer[Any]):
    """A member that is not among these is refused."""

    # Made of a model's own fields, so that a new column needs no edit here.

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: Text,
        models.TextField: Text,
        models.EmailField: EmailAddress,
        PhoneNumberColumn: PhoneNumberField,
    }

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[Any, dict[str, Any]]:
        """What somebody else has is for the services to say: here nobody knows whose profile it is."""
        field, options = super().build_standard_field(field_name, model_field)
        validators = [each for each in options.pop("validators", []) if not isinstance(each, UniqueValidator)]
        return field, options | ({"validators": validators} if validators else {})
