"""Forms whose last word is a service's: what it refuses stands at the fields, and nothing that was typed is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django import forms
from django.http import HttpRequest, QueryDict

from accounts import errors
from accounts.admin import refusals
from accounts.admin.doorway import IS_OVER
from accounts.services.authorisation import Action

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What a service gave for a form."""

    value: T


def submit(form: forms.Form, call: Callable[[dict[str, Any]], T]) -> Done[T] | None:
    """None where the form does not fit, or the service refuses: both stand in the form then, and `status_of` knows.

    Whoever is out by now is told so by the doorway.
    """
    if not form.is_valid():
        return None
    try:
        return Done(call(form.cleaned_data))
    except IS_OVER:
        raise
    except errors.Refusal as refusal:
        refuse(form, refusal)
    except refusals.NO_DATABASE as exc:
        refuse(form, refusals.of_database(exc))
    return None


class ChangeForm(forms.Form):
    """Says what somebody has changed on the page, and not what had changed elsewhere meanwhile: each field goes with
    the value that was shown.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.show_hidden_initial = True


def changes(form: forms.Form | None) -> dict[str, Any]:
    return {} if form is None else {name: form.cleaned_data[name] for name in form.changed_data}


def data_of(request: HttpRequest) -> QueryDict | None:
    """What was sent, if anything was."""
    return request.POST if request.method == "POST" else None


def action_of(request: HttpRequest, to_read: Action, to_write: Action) -> Action:
    """What a page with a form asks policy about."""
    return to_write if request.method == "POST" else to_read


def refuse(form: forms.Form, refusal: errors.Refusal) -> None:
    form.refusal = refusal  # type: ignore[attr-defined]
    if not isinstance(refusal, errors.InvalidInput):
        form.add_error(None, refusal.detail)
        return
    for error in refusal.errors:
        known = error.field in form.fields
        form.add_error(error.field if known else None, error.detail if known else f"{error.field}: {error.detail}")


def refusal_of(form: forms.Form) -> errors.Refusal | None:
    return getattr(form, "refusal", None)


def status_of(form: forms.Form) -> int:
    """Of the page that shows it."""
    if (refusal := refusal_of(form)) is not None:
        return refusals.status_of(refusal)
    return 400 if form.is_bound and not form.is_valid() else 200
