"""What forms ask with: Unfold's widgets, times in UTC, and names one a line."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from unfold.overrides import FORMFIELD_OVERRIDES
from unfold.widgets import (
    DATETIME_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from accounts.models import User

WRITTEN: Final = "%Y-%m-%dT%H:%M:%S"


class Moment(forms.DateTimeField):
    """A time in UTC, by the browser's own picker, which knows no offset."""

    widget = forms.DateTimeInput

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"type": "datetime-local", "step": 1, "class": " ".join([*DATETIME_CLASSES, "max-w-2xl"])}
        widget = forms.DateTimeInput(format=WRITTEN, attrs=attrs)
        super().__init__(required=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(UTC).replace(tzinfo=None, microsecond=0) if isinstance(value, datetime) else value


class Choices(forms.MultipleChoiceField):
    """Any of these, each with a box."""

    def __init__(self, names: Sequence[str], **kwargs: Any) -> None:
        choices = [(name, name) for name in names]
        super().__init__(choices=choices, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget(), **kwargs)


class Lines(forms.CharField):
    """Words, one a line or with spaces between."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else "\n".join(value or [])

    def to_python(self, value: Any) -> Any:
        return (value or "").split()


class Flag(forms.BooleanField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=UnfoldBooleanWidget(), **kwargs)


def of_column(name: str) -> forms.Field:
    """As the user's column has it, in Unfold's clothes: a column that is added needs nothing here."""
    column: Any = User._meta.get_field(name)  # noqa: SLF001 - Django's own name for it
    known: dict[str, Any] = next(
        (FORMFIELD_OVERRIDES[cls] for cls in type(column).__mro__ if cls in FORMFIELD_OVERRIDES), {}
    )
    field: forms.Field = column.formfield(**known)
    return field
