"""The views that are not simplejwt's own."""

from graphene_django.views import GraphQLView
from rest_framework.generics import RetrieveAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.views import TokenVerifyView

from bench.stock.authentication import AskingJWTAuthentication
from bench.stock.serializers import AskingTokenVerifySerializer, UserSerializer


class UserView(RetrieveAPIView):
    permission_classes = [IsAuthenticated]
    serializer_class = UserSerializer

    def get_object(self):
        return self.request.user


class AskingUserView(UserView):
    authentication_classes = [AskingJWTAuthentication]


class AskingTokenVerifyView(TokenVerifyView):
    serializer_class = AskingTokenVerifySerializer


class JWTGraphQLView(GraphQLView):
    def dispatch(self, request, *args, **kwargs):
        if authenticated := JWTAuthentication().authenticate(request):
            request.user, request.auth = authenticated
        return super().dispatch(request, *args, **kwargs)
