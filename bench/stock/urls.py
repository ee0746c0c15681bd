"""simplejwt's views, a user view, GraphQL, the admin."""

from django.contrib import admin
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView, TokenVerifyView

from bench.stock import views

urlpatterns = [
    path("admin/", admin.site.urls),
    path("token/", TokenObtainPairView.as_view()),
    path("token/refresh/", TokenRefreshView.as_view()),
    path("token/verify/", TokenVerifyView.as_view()),
    path("token/verify/asking/", views.AskingTokenVerifyView.as_view()),
    path("user/", views.UserView.as_view()),
    path("user/asking/", views.AskingUserView.as_view()),
    path("graphql/", csrf_exempt(views.JWTGraphQLView.as_view())),
]
