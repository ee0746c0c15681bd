"""Shapes answers with serializers that are built once: building their fields costs more than using them."""

from functools import lru_cache
from typing import Any

from rest_framework import serializers


def shape(serializer_class: type[serializers.BaseSerializer[Any]], value: object) -> dict[str, Any]:
    """What `serializer_class(value).data` would be."""
    shaped: dict[str, Any] = _serializer(serializer_class).to_representation(value)
    return shaped


@lru_cache(maxsize=32)
def _serializer(serializer_class: Any) -> Any:
    return serializer_class()
