"""The query string of a list: a name that nobody looks at is refused, because it would list everybody."""

from collections.abc import Collection
from typing import Final

from django import forms
from django.http import QueryDict

from accounts.errors import FieldError

MOST: Final = 20
"""Flaws told: the answer is not ten times the question."""


def flaws(asked: QueryDict, known: Collection[str]) -> list[FieldError]:
    """Names that there are not, and those that come twice, of which one value would be lost."""
    unknown = [FieldError(name, "unknown_field", "There is no such filter.") for name in asked if name not in known]
    twice = [FieldError(name, "given_twice", "Say it once.") for name, values in asked.lists() if len(values) > 1]
    return [*unknown, *twice][:MOST]


class Filters(forms.Form):
    """Of a list whose place in the query string goes by the name `cursor`."""

    def __init__(self, asked: QueryDict, *, cursor: str) -> None:
        super().__init__({name: value for name, value in asked.items() if name != cursor})
        self._asked, self._cursor = asked, cursor

    def clean(self) -> None:
        for flaw in flaws(self._asked, {*self.fields, self._cursor}):
            self.add_error(None, f"{flaw.field}: {flaw.detail}")
