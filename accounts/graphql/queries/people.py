"""Other people: one by their id, and those whom one looks for."""

from typing import Any, Final

import graphene
from graphene.relay import PageInfo

from accounts.errors import FieldError, InvalidInput
from accounts.graphql.context import Info
from accounts.graphql.limits import MAX_FIRST
from accounts.graphql.types import UserType
from accounts.models import User
from accounts.services import fields, user_lookup
from accounts.services.listing import pages, places
from accounts.services.listing.asked import Asked
from accounts.services.listing.pages import Page

DEFAULT_FIRST: Final = 50


class UserEdge(graphene.ObjectType):  # type: ignore[misc]
    """Somebody, and where they stand."""

    node = graphene.Field(UserType, required=True)
    cursor = graphene.String(required=True)


class UserConnection(graphene.ObjectType):  # type: ignore[misc]
    """A page of people: it may have fewer than `first`, or none, where many had to be looked at; `hasNextPage` says
    whether there may be more, behind `endCursor`.
    """

    edges = graphene.List(graphene.NonNull(UserEdge), required=True)
    page_info = graphene.Field(PageInfo, required=True)

    @staticmethod
    def of(page: Page) -> "UserConnection":
        cursors = [places.write(place) for place in page.places]
        edges = [UserEdge(node=user, cursor=cursor) for user, cursor in zip(page.users, cursors, strict=True)]
        end = places.write(page.next) if page.next else next(reversed(cursors), None)
        start = next(iter(cursors), None)
        has = {"has_next_page": page.next is not None, "has_previous_page": page.previous is not None}
        return UserConnection(edges=edges, page_info=PageInfo(start_cursor=start, end_cursor=end, **has))


class PeopleQueries(graphene.ObjectType):  # type: ignore[misc]
    user = graphene.Field(
        UserType,
        required=True,
        id=graphene.ID(required=True),
        description="Who somebody is. Nobody is found who is being deleted, or was.",
    )
    users = graphene.Field(
        UserConnection,
        required=True,
        search=graphene.String(description="The beginning of an e-mail address or an id: they are listed by address."),
        is_active=graphene.Boolean(),
        group=graphene.String(description="The name of one: they are listed by id."),
        first=graphene.Int(default_value=DEFAULT_FIRST, description=f"At most {MAX_FIRST}."),
        after=graphene.String(description="A cursor of the page before."),
        description="Look for people; unless said otherwise the newest come first.",
    )

    @staticmethod
    def resolve_user(root: None, info: Info, id: str) -> User:  # noqa: A002 - GraphQL's own word
        caller = info.context.caller
        return user_lookup.get(fields.canonical_id(id), actor=caller)

    @staticmethod
    def resolve_users(
        root: None, info: Info, first: int | None, after: str | None = None, **given: Any
    ) -> UserConnection:
        caller = info.context.caller
        wanted = {name: value for name, value in given.items() if value is not None}
        asked = Asked(**fields.checked(wanted, search=fields.search, group=fields.group_name, is_active=fields.flag))
        place = None if after is None else places.read(after, field="after")
        page = pages.read(asked, place=place, limit=_limit(first), actor=caller)
        info.context.sessions.announce(user.pk for user in page.users)
        return UserConnection.of(page)


def _limit(first: int | None) -> int:
    if first is None:
        return DEFAULT_FIRST
    if not 1 <= first <= MAX_FIRST:
        raise InvalidInput([FieldError("first", "invalid", f"A whole number from 1 to {MAX_FIRST}.")])
    return first
