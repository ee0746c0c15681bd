"""People see and place their own orders; services that may read how many there are."""

from typing import Any

from authservice_connector.rest_framework import HasScope, IsPerson
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from rest_framework.generics import ListCreateAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from orders.models import Order
from orders.serializers import OrderSerializer


class Orders(ListCreateAPIView[Order]):
    """`GET` and `POST /orders`: one's own."""

    permission_classes = (IsPerson,)
    serializer_class = OrderSerializer

    def get_queryset(self) -> QuerySet[Order]:
        owner: Any = self.request.user
        return Order.objects.filter(owner=owner).order_by("pk")

    def perform_create(self, serializer: BaseSerializer[Order]) -> None:
        serializer.save(owner=self.request.user)


class Count(APIView):
    """`GET /orders/count`: of everybody's, for services."""

    permission_classes = (HasScope("orders:count"),)

    def get(self, request: Request) -> Response:
        return Response({"orders": Order.objects.count(), "people": get_user_model().objects.count()})


def healthz(request: HttpRequest) -> HttpResponse:
    """Whether the process answers."""
    return HttpResponse("ok\n", content_type="text/plain")
