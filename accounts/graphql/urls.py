"""The route of the GraphQL door, below `graphql`."""

from django.urls import path

from accounts.graphql.views import GraphqlView

urlpatterns = [path(slash, GraphqlView.as_view()) for slash in ("", "/")]
