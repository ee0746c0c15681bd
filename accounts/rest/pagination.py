"""Lists in pages by cursor: the same cost however far one reads, and never a count."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """`?limit=` (50, at most 200) and `?cursor=`."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering = ("-created_at", "-id")
    parameters = [
        OpenApiParameter("limit", int, description="How many at most: 50 unless told, never above 200."),
        OpenApiParameter("cursor", str, description="Where to go on, from `next` or `previous`."),
    ]

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            return super().decode_cursor(request)
        except NotFound:
            raise serializers.ValidationError({"cursor": "This is no cursor of ours."}, code="invalid") from None

    def get_page_size(self, request: Request) -> int | None:
        raw = request.query_params.get("limit", str(self.page_size))
        if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw) <= self.max_page_size:
            raise serializers.ValidationError(
                {"limit": f"A whole number from 1 to {self.max_page_size}."}, code="invalid"
            )
        return int(raw)

    @staticmethod
    def page_of(row: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
        """The schema of a page."""
        url = serializers.URLField(allow_null=True)
        fields = {"results": row(many=True), "next": url, "previous": serializers.URLField(allow_null=True)}
        return inline_serializer(f"{row.__name__.removesuffix('Response')}Page", fields)
