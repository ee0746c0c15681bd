"""Views without REST framework, as services have them: synchronous and asynchronous ones."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path


def _told(user: Any, request: Any) -> JsonResponse:
    claims = request.auth
    subject = claims.subject if claims is not None else None
    return JsonResponse({"who": user.get_username(), "known": user.is_authenticated, "subject": subject})


def mine(request: HttpRequest) -> JsonResponse:
    return _told(request.user, request)


async def mine_async(request: HttpRequest) -> JsonResponse:
    return _told(await request.auser(), request)


urlpatterns = [path("mine", mine), path("mine/async", mine_async)]
