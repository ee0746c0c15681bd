"""The route of the GraphQL door."""

from django.urls import path

from accounts.graphql.views import GraphqlView

urlpatterns = [path(f"graphql{slash}", GraphqlView.as_view()) for slash in ("", "/")]
