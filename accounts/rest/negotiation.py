"""Which representation is answered: JSON."""

from collections.abc import Iterable
from typing import Final

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from accounts.rest import problems

ANYTHING: Final = "*/*"


class Negotiation(DefaultContentNegotiation):
    """JSON also for who names problem documents alone, as generated clients do where a good answer has no body."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """Whoever names a media type in the one plain form gets its parser without a comparison of parameters."""
        plain = next((parser for parser in parsers if parser.media_type == request.content_type), None)
        return plain or super().select_parser(request, parsers)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Whoever takes anything, says nothing of it, or names what would be chosen first alone, gets that."""
        accepted, first = request.META.get("HTTP_ACCEPT", ANYTHING), next(iter(renderers))
        if accepted in (ANYTHING, first.media_type) and not request.META.get("QUERY_STRING"):
            return first, first.media_type
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, renderers, format_suffix)
        return chosen

    def get_accept_list(self, request: Request) -> list[str]:
        named: list[str] = super().get_accept_list(request)
        return [each.replace(problems.CONTENT_TYPE, "application/json") for each in named]
