"""What a path demands, it demands in every spelling: a gateway and the service behind it read one path alike."""

from collections.abc import Iterator
from posixpath import normpath
from typing import Final
from urllib.parse import unquote, urlsplit

import pytest

from accounts.tests.gateways.echo import Echo
from accounts.tests.gateways.gateways import Gateway
from accounts.tests.gateways.people import Authservice, Person, Service
from accounts.tests.gateways.sending import send

pytestmark = pytest.mark.gateways

INTO_STAFF: Final = (
    "//staff/reports", "/./staff/reports", "/orders/../staff/reports", "/%73taff/reports", "/orders/%2e%2e/staff/x",
    "/orders/.%2E/staff/x", "/staff%2freports", "/staff%2Freports", "/orders/..%2fstaff/reports",
    "/orders%2f..%2fstaff/reports", "/staff//reports", "\\staff\\reports", "/orders\\..\\staff\\x", "/staff\\reports",
    "/orders/..%5cstaff/x", "/staff%5Creports", "/orders#/../staff/x", "/staff#x", "/staff;x/reports", "/staff;x",
    "/orders/..;/staff/x", "/orders/..;x=y/staff/x", "/orders/.;/../staff", "/staff%3Bx/reports", "/staff%00",
    "//orders/staff/x", "http://127.0.0.1:{port}/orders/../staff/x", "http://127.0.0.1:{port}//orders/staff/x",
)  # fmt: skip
"""To one reader a path that a good token opens; to another one it is for members of a group."""
OUT_OF_STAFF: Final = (
    "/staff/../orders", "/staff/reports/../../orders", "/staff/%2e%2e/orders", "/staff/.%2E/orders",
    "/staff%2f..%2forders", "/staff/..%2forders", "/staff/x#/../../orders", "/staff/..;/orders", "/staff\\..\\orders",
    "/staff/..%5corders", "/staff//reports/../../../orders", "/STAFF/../orders", "/%73taff/../orders",
    "/staff/..", "/staff/%2e%2e", "/staff/..?x", "/staff/x/../..?x",
    "http://127.0.0.1:{port}/staff/../orders",
)  # fmt: skip
INTO_PUBLIC: Final = (
    "/staff/../public/x", "/staff/reports/../../public/x", "/staff/%2e%2e/public/x", "/staff/%2E./public/x",
    "/staff/reports/%2e%2e/%2e%2e/public/x", "/staff/reports%2f..%2f..%2fpublic/x", "/staff//reports/../../public/",
    "/staff/x#/../../public/", "/staff/x/..;/..;/public/x", "/staff\\..\\public\\x", "/staff/..%5cpublic/x",
    "/orders/../public/x", "/orders/%2e%2e/public/x", "/auth/../public/x", "http://127.0.0.1:{port}/orders/../public/x",
    "//public/orders", "http://127.0.0.1:{port}//public/orders", "/orders/..//public/x", "/public;x/../orders",
)  # fmt: skip
OUT_OF_PUBLIC: Final = (
    "/public/../orders", "/public/../staff/reports", "/public/%2e%2e/staff/x", "/public/..%2fstaff/reports",
    "/public%2f..%2fstaff/reports", "/public/x/../../staff/x", "/public/x#/../../staff/", "/public/#/../../staff/",
    "/public/..;/staff/x", "/public/x/..;a=b/..;/staff/x", "/public/..\\staff\\x", "/public/..%5Cstaff/x",
    "/public/%2e%2e%2fstaff", "/public/..", "/public/%2e%2e", "/public/..?x", "/public//../../staff",
)  # fmt: skip


def readings(path: str) -> Iterator[str]:
    """As it stands; and as somebody may read it to whom `#` ends it, `;` a segment, and `\\` or `%2f` is a slash."""
    for whole in (path, urlsplit(path).path, path.partition("#")[0]):
        yield whole
        decoded = unquote(whole.partition("?")[0]).replace("\\", "/").partition("\0")[0]
        segments = [segment.partition(";")[0] for segment in decoded.split("/")]
        yield normpath("/" + "/".join(segments).lstrip("/")) + "/"


@pytest.mark.parametrize("path", [*INTO_STAFF, *OUT_OF_STAFF, *OUT_OF_PUBLIC])
def test_no_spelling_of_a_path_is_a_way_around_a_demand(
    gateway: Gateway, application: Echo, person: Person, path: str
) -> None:
    """As the gateway reads it, or as the service may: it gets the path itself, not the gateway's reading."""
    send(gateway.port, path.format(port=gateway.port), token=person.tokens.access)
    for seen in application.paths:
        assert not [each for each in readings(seen) if f"{each.lower()}/".startswith("/staff/")], seen


@pytest.mark.parametrize("path", [*INTO_PUBLIC, *OUT_OF_PUBLIC, *INTO_STAFF])
def test_no_spelling_of_a_path_needs_no_token(gateway: Gateway, application: Echo, path: str) -> None:
    send(gateway.port, path.format(port=gateway.port))
    for seen in application.paths:
        assert not [each for each in readings(seen) if not each.startswith("/public/")], seen


@pytest.mark.parametrize(
    "path", ["/public/../x", "/public/..%2fx", "/public/%2e%2e/x", "/public/#x", "/public/x;y", "/public/\\x"]
)
def test_what_can_be_read_in_two_ways_is_read_in_one_or_refused(gateway: Gateway, application: Echo, path: str) -> None:
    """nginx and Caddy hand on the path as it came, and so refuse it; the others may hand on what they made of it."""
    answer = send(gateway.port, path)
    if gateway.name in {"nginx", "caddy"} or path in {"/public/#x", "/public/x;y"}:
        assert answer.status == 400
        assert application.paths == []
    assert not {"..", "#", ";", "\\", "%"} & set("".join(application.paths))


@pytest.mark.parametrize(
    "path",
    [
        "/public/.well-known/x", "/public/..a/b../.../c.d", "/public/caf%C3%A9%20x",
        "/public/a%23b%3Fc", "/public/100%25",
        "/public/x?next=/staff/../x&z=%2f..%2fa\\b", "/public/x?//", "/public/x/?.", "/public/~a:b@c,d=e+f!$&'()*",
    ],
)  # fmt: skip
def test_what_can_be_read_in_one_way_alone_gets_through_as_it_is(gateway: Gateway, path: str) -> None:
    assert send(gateway.port, path).seen.path == path


@pytest.mark.parametrize("path", ["/staff", "/staff/", "/staff?x", "/STAFF", "/Staff/", "/sTaff/reports", "/%53TAFF/x"])
def test_a_demand_knows_neither_letter_case_nor_the_last_slash(
    gateway: Gateway, application: Echo, authservice: Authservice, person: Person, path: str
) -> None:
    assert send(gateway.port, path).status == 401
    assert send(gateway.port, path, token=person.tokens.access).status == 403
    assert application.paths == []
    assert send(gateway.port, path, token=authservice.person("staff").tokens.access).status == 200


@pytest.mark.parametrize("path", ["/sync", "/sync?x", "/SYNC", "/Sync/orders"])
def test_nor_does_a_demand_for_a_scope(gateway: Gateway, application: Echo, service: Service, path: str) -> None:
    assert send(gateway.port, path, token=service.token).status == 403
    assert application.paths == []


@pytest.mark.parametrize("path", ["/staffing", "/staffing/x", "/orders/staff/", "/syncing", "/staff.html"])
def test_a_longer_name_is_another_one(gateway: Gateway, person: Person, path: str) -> None:
    assert send(gateway.port, path, token=person.tokens.access).seen.path == path


@pytest.mark.parametrize("path", ["/public", "/PUBLIC/x", "/Public/", "/publicity"])
def test_what_is_open_to_all_is_so_as_it_is_written(gateway: Gateway, application: Echo, path: str) -> None:
    """nginx adds the slash that lacks by a redirect."""
    assert send(gateway.port, path).status in ({301, 401} if gateway.name == "nginx" else {401})
    assert application.paths == []
