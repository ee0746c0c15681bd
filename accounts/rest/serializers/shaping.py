"""Shapes answers with serializers that are built once: building their fields costs more than using them."""

from typing import Any, Final

from rest_framework import serializers

NOTHING: Final[dict[str, Any]] = {}


class Nothing(serializers.Serializer[object]):
    """What was asked for is seen to; how it goes is not told here."""


_BUILT: Final[dict[type, serializers.BaseSerializer[Any]]] = {}


def shape(serializer_class: type[serializers.BaseSerializer[Any]], value: object) -> dict[str, Any]:
    """What `serializer_class(value).data` would be."""
    if serializer_class not in _BUILT:
        _BUILT[serializer_class] = serializer_class()
    shaped: dict[str, Any] = _BUILT[serializer_class].to_representation(value)
    return shaped
