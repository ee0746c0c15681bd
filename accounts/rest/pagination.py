"""Lists in pages by cursor: the same cost however far one reads, and never a count."""

import re
from datetime import UTC
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from accounts.conf import auth_settings

DIGITS: Final = re.compile(r"[0-9]{1,9}")
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
OF_PAGES: Final = frozenset({"limit", "cursor"})
LIMIT: Final = OpenApiParameter("limit", int, description="How many at most: 50 unless told, never above 200.")


def limit_of(request: Request) -> int:
    """`?limit=`; ValidationError beyond the range."""
    raw = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not DIGITS.fullmatch(raw) or not 1 <= int(raw) <= MAX_LIMIT:
        raise serializers.ValidationError({"limit": f"A whole number from 1 to {MAX_LIMIT}."}, code="invalid")
    return int(raw)


def filters_of(request: Request) -> dict[str, Any]:
    """What else is asked for; ValidationError for a name that is there twice, of which one value would be lost."""
    asked = request.query_params
    if (twice := next((name for name, values in asked.lists() if len(values) > 1), None)) is not None:
        raise serializers.ValidationError({twice: "Say it once; a list is not taken here."}, code="given_twice")
    return {name: value for name, value in asked.items() if name not in OF_PAGES}


class NewestFirst(CursorPagination):
    """`?limit=` (50, at most 200) and `?cursor=`."""

    page_size = DEFAULT_LIMIT
    max_page_size = MAX_LIMIT
    page_size_query_param = "limit"
    ordering = ("-created_at", "-id")
    parameters = [
        LIMIT,
        OpenApiParameter("cursor", str, description="Where to go on, from `next` or `previous`."),
    ]

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        # Links lead to the service's own name: a client follows them with its token, whatever Host the proxy sent.
        self.base_url = f"{auth_settings.issuer}{request.get_full_path()}"
        return page

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise _foreign() from None
        if cursor is not None and not _is_moment(cursor.position):
            raise _foreign()
        return cursor

    def get_page_size(self, request: Request) -> int | None:
        return limit_of(request)

    @staticmethod
    def page_of(row: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
        """The schema of a page."""
        url = serializers.URLField(allow_null=True)
        fields = {"results": row(many=True), "next": url, "previous": serializers.URLField(allow_null=True)}
        return inline_serializer(f"{row.__name__.removesuffix('Response')}Page", fields)


def _foreign() -> serializers.ValidationError:
    return serializers.ValidationError({"cursor": "This is no cursor of ours."}, code="invalid")


def _is_moment(position: Any) -> bool:
    """A cursor stands at a time, or, with an offset alone, nowhere yet."""
    if position is None:
        return True
    try:
        moment = parse_datetime(position)
        return moment is not None and is_aware(moment) and bool(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return False
