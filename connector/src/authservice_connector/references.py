"""Counts what refers to a row, by foreign keys of any kind and by generic ones."""

from collections.abc import Collection, Iterator
from typing import Any

from django.apps import apps
from django.db import models

__all__ = ["count"]


def count(row: models.Model, *, but: Collection[type[models.Model]] = ()) -> dict[str, int]:
    """By the label of the model that refers; those `but` are left out, and those that don't."""
    found: dict[str, int] = {}
    for model, lookup in [*_foreign_keys(row), *_generic_keys(row)]:
        if model in but:
            continue
        if number := _number(model, lookup):
            found[model._meta.label] = found.get(model._meta.label, 0) + number  # noqa: SLF001
    return found


def _foreign_keys(row: models.Model) -> Iterator[tuple[type[models.Model], dict[str, Any]]]:
    """Many-to-many relations refer by the rows of their tables, which are hidden fields here."""
    for field in row._meta.get_fields(include_hidden=True):  # noqa: SLF001
        if isinstance(field, models.ManyToOneRel):
            yield field.related_model, {field.field.name: row}


def _generic_keys(row: models.Model) -> Iterator[tuple[type[models.Model], dict[str, Any]]]:
    """By their looks: contenttypes need not be installed."""
    for model in apps.get_models():
        for field in model._meta.private_fields:  # noqa: SLF001
            if hasattr(field, "ct_field") and hasattr(field, "fk_field"):
                yield model, {field.ct_field: field.get_content_type(obj=row), field.fk_field: row.pk}


def _number(model: type[models.Model], lookup: dict[str, Any]) -> int:
    try:
        return model._base_manager.filter(**lookup).count()  # noqa: SLF001
    except (TypeError, ValueError):  # a key of another type refers to nothing here
        return 0
