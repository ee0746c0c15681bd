"""Notices, as answered."""

from typing import Final

from rest_framework import serializers

from accounts.models import Notice, NoticeType
from accounts.rest.serializers.fields import RequestSerializer, Token

TYPES: Final = ", ".join(f"`{name}`" for name in NoticeType)


class NoticeResponse(serializers.Serializer[Notice]):
    seq = serializers.IntegerField(help_text="Grows by one from notice to notice.")
    id = serializers.UUIDField()
    type = serializers.CharField(help_text=f"{TYPES}. Pass over what you don't know: there may be more one day.")
    subject = serializers.CharField(help_text="The id of the user, group, client or key that it concerns.")
    occurred_at = serializers.DateTimeField(help_text="When it was committed.")
    expires = serializers.DateTimeField(help_text="Until when a token may be around that it refuses.")
    data = serializers.DictField(help_text="Ids, versions and codes; nothing personal.")  # type: ignore[assignment]


class AcknowledgementRequest(RequestSerializer):
    cursor = Token(help_text="From `GET /notices`: everything up to there is dealt with.")


class NoticePageResponse(serializers.Serializer[object]):
    """Keep `cursor` with what you made of the notices, and send it as `after`."""

    notices = NoticeResponse(many=True)
    cursor = serializers.CharField(help_text="Behind the last notice that was looked at, asked for or not.")
    complete = serializers.BooleanField(help_text="The end of the log was reached.")
