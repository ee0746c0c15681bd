"""A page that asks before something is done, and says afterwards that it was."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.admin import forms as answered
from accounts.admin import refusals
from accounts.admin.pages import Pages

T = TypeVar("T")


class Nothing(forms.Form):
    """A press of a button."""


@dataclass(frozen=True, slots=True)
class Act:
    """`title` is the button's, too. `said` is what the next page says: nothing secret, and nothing personal, which
    would stand in a cookie. `back` leads to where somebody came from.
    """

    title: str
    text: str
    said: str
    back: str
    trail: tuple[tuple[str, str], ...] = ()
    onward: str | None = None
    """Where to go afterwards, if not back."""
    is_grave: bool = False


def ask(
    pages: Pages,
    request: HttpRequest,
    act: Act,
    call: Callable[[dict[str, Any]], T],
    form_class: Callable[[Any], forms.Form] = Nothing,
    *,
    then: Callable[[T], HttpResponse] | None = None,
) -> HttpResponse:
    """A GET asks; a POST calls the service with what the form says, and is asked again where that refuses. `then`
    answers by itself what was done.
    """
    form = form_class(answered.data_of(request))
    if (done := answered.submit(form, call)) is not None:
        if then is not None:
            return then(done.value)
        messages.success(request, act.said)
        return HttpResponseRedirect(act.onward or act.back)
    context = {"act": act, "form": form, "trail": [(pages.title, pages.list_url), *act.trail]}
    response = pages.page(request, "act", act.title, context, status=answered.status_of(form))
    return refusals.marked(response, answered.refusal_of(form))
