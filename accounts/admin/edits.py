"""A page with a form about something that is kept, and what else there is to tell of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.admin import forms as answered
from accounts.admin import refusals
from accounts.admin.pages import Pages

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edit:
    """`said` is what the next page says: nothing secret, and nothing personal, which would stand in a cookie."""

    title: str
    submit: str
    said: str
    back: str
    context: Mapping[str, Any] = field(default_factory=dict)
    """`text` above the form, `facts` before it, `tables` behind it, `acts` as buttons beside the title."""


def edit(
    pages: Pages,
    request: HttpRequest,
    page: Edit,
    form: forms.Form | None,
    call: Callable[[dict[str, Any]], T],
    *,
    onward: Callable[[T], str] | None = None,
    then: Callable[[T], HttpResponse] | None = None,
) -> HttpResponse:
    """What a service makes of the form leads onward, or `then` answers; what it refuses stands in the form.

    Without a form, a page to read.
    """
    done = None if form is None else answered.submit(form, call)
    if done is not None and then is not None:
        return then(done.value)
    if done is not None:
        messages.success(request, page.said)
        return HttpResponseRedirect(page.back if onward is None else onward(done.value))
    context = {"form": form, "submit_label": page.submit, "back": page.back, **page.context}
    status = 200 if form is None else answered.status_of(form)
    response = pages.page(request, "edit", page.title, context, status=status)
    return response if form is None else refusals.marked(response, answered.refusal_of(form))
