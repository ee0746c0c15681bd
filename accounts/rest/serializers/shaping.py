"""Serializers that are built once: building their fields costs more than using them."""

from typing import Any, Final

from rest_framework import serializers

Serializer = serializers.BaseSerializer[Any]

NOTHING: Final[dict[str, Any]] = {}


class Nothing(serializers.Serializer[object]):
    """What was asked for is seen to; how it goes is not told here."""


_BUILT: Final[dict[tuple[type[Serializer], bool], Serializer]] = {}
"""None keeps anything of what it is given, so that any number of requests may use it at once."""


def shape(serializer_class: type[Serializer], value: object) -> dict[str, Any]:
    """What `serializer_class(value).data` would be."""
    shaped: dict[str, Any] = _built(serializer_class).to_representation(value)
    return shaped


def take(serializer_class: type[Serializer], data: object, *, partial: bool = False) -> dict[str, Any]:
    """What `serializer_class(data=data, partial=partial).validated_data` would be. Raises ValidationError."""
    taken: dict[str, Any] = _built(serializer_class, partial=partial).run_validation(data)
    return taken


def _built(serializer_class: type[Serializer], *, partial: bool = False) -> Serializer:
    if (built := _BUILT.get((serializer_class, partial))) is None:
        built = _BUILT[serializer_class, partial] = serializer_class(partial=partial)
    return built
