"""Which people a query string asks for, and a page of them as an answer, with links to those beside it."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.conf import auth_settings
from accounts.rest.pagination import filters_of
from accounts.rest.serializers.administration import UserListRequest
from accounts.rest.serializers.shaping import shape, take
from accounts.rest.serializers.users import PersonResponse
from accounts.services.listing import places
from accounts.services.listing.asked import Asked, OrderName
from accounts.services.listing.pages import Page
from accounts.services.listing.places import Place


def asked_by(request: Request) -> Asked:
    """ValidationError for what does not fit, also for a name that is none: its filter would be lost."""
    taken = take(UserListRequest, filters_of(request))
    order = taken.pop("order", None)
    return Asked(**taken, order=None if order is None else OrderName(order))


def place_of(request: Request) -> Place | None:
    """`?cursor=`; InvalidInput for one that is not ours."""
    cursor = request.query_params.get("cursor")
    return None if cursor is None else places.read(cursor)


def answer(request: Request, page: Page) -> Response:
    results = [shape(PersonResponse, user) for user in page.users]
    return Response({"results": results, "next": _link(request, page.next), "previous": _link(request, page.previous)})


def _link(request: Request, place: Place | None) -> str | None:
    """Of the service's own name: a client follows it with its token, whatever Host the proxy sent."""
    here = f"{auth_settings.issuer}{request.get_full_path()}"
    return None if place is None else replace_query_param(here, "cursor", places.write(place))
