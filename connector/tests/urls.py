"""Views as services have them."""

from typing import Any, cast

from authservice_connector.claims import VerifiedClaims
from authservice_connector.rest_framework import AuthServiceAuthentication, HasGroup, HasScope, IsPerson
from django.urls import path
from rest_framework.authentication import BasicAuthentication
from rest_framework.permissions import DjangoModelPermissions, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from tests.orders.models import Order


class Mine(APIView):
    """Who calls."""

    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        caller, claims = cast("Any", request.user), cast("VerifiedClaims", request.auth)
        return Response({"who": caller.get_username(), "subject": claims.subject})


class Either(APIView):
    """By a token, or by a password of the service's own."""

    authentication_classes = (AuthServiceAuthentication, BasicAuthentication)
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({})


class Permitted(APIView):
    """By Django's permissions."""

    permission_classes = (DjangoModelPermissions,)
    queryset = Order.objects.none()

    def get(self, request: Request) -> Response:
        return Response({})

    def post(self, request: Request) -> Response:
        return Response({})


class Throttled(Mine):
    """Once a minute for each caller."""

    class Throttle(UserRateThrottle):
        rate = "1/minute"

    throttle_classes = (Throttle,)


urlpatterns = [
    path("throttled", Throttled.as_view()),
    path("persons", Mine.as_view(permission_classes=(IsPerson,))),
    path("scoped/twice", Mine.as_view(permission_classes=(HasScope("orders:read", "stock:read"),))),
    path("grouped/twice", Mine.as_view(permission_classes=(HasGroup("admins", "writers"),))),
    path("permitted", Permitted.as_view()),
    path("either", Either.as_view()),
    path("mine", Mine.as_view()),
    path("scoped", Mine.as_view(permission_classes=(HasScope("orders:read"),))),
    path("grouped", Mine.as_view(permission_classes=(HasGroup("admins"),))),
]
