"""One view, which looks at who is calling; and how each contender finds that out."""

from authservice_connector.rest_framework import AuthServiceAuthentication
from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication


class Mine(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"username": request.user.get_username()})


urlpatterns = [
    path("connector", Mine.as_view(authentication_classes=(AuthServiceAuthentication,))),
    path("stock", Mine.as_view(authentication_classes=(JWTAuthentication,))),
]
