"""The GraphQL schema: who is calling."""

import graphene
from django.contrib.auth import get_user_model
from graphene_django import DjangoObjectType


class UserType(DjangoObjectType):
    class Meta:
        model = get_user_model()
        fields = ["id", "email", "first_name", "last_name"]


class Query(graphene.ObjectType):
    me = graphene.Field(UserType)

    def resolve_me(self, info):
        return info.context.user if info.context.user.is_authenticated else None


schema = graphene.Schema(query=Query)
