"""How PostgreSQL finds a page of people, committed: by an index, in its order, reading no more than a page looks at."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.principals import System
from accounts.services.listing import pages
from accounts.services.listing.asked import Asked, OrderName
from accounts.services.listing.places import Place
from accounts.tests.architecture.sources import ROOT

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

PLANS: Final = ROOT / "accounts/tests/postgresql/listing_plans.json"
PEOPLE: Final = 20_000
LIMIT: Final = 50
MIDDLE: Final = datetime(2030, 1, 1, 3, tzinfo=UTC)
SOMEBODY: Final = UUID(int=2**127)
FILL: Final = f"""
    INSERT INTO accounts_user (id, email, password, email_verified, first_name, last_name, phone_number, is_active,
                               is_staff, is_superuser, date_joined, updated_at, version,
                               credentials_version, deletion_requested_at)
    SELECT md5('id' || n)::uuid, substr('aab', n % 3 + 1, 1) || md5(n::text) || '@example.com', '!', false,
           '', '', '', n % 50 <> 0, n % 200 = 0, false, '2030-01-01'::timestamptz + n * interval '1 second',
           now(), 1, 1,
           CASE WHEN n % 100 = 1 THEN now() END
    FROM generate_series(1, {PEOPLE}) AS n
"""
JOIN: Final = "INSERT INTO accounts_user_groups (user_id, group_id) SELECT id, %s FROM accounts_user WHERE is_active"

BEHIND: Final = {
    OrderName.NEWEST: MIDDLE,
    OrderName.OLDEST: MIDDLE,
    OrderName.EMAIL: "8",
    OrderName.EMAIL_BACKWARD: "8",
    OrderName.ID: "",
}
ASKED: Final = {
    **{f"by {name}": Asked(order=name) for name in OrderName},
    "active": Asked(is_active=True),
    "suspended": Asked(is_active=False),
    "staff": Asked(is_staff=True),
    "no staff, by address": Asked(is_staff=False, order=OrderName.EMAIL),
    "suspended staff": Asked(is_active=False, is_staff=True),
    "created within": Asked(created_after=datetime(2030, 1, 1, 2, tzinfo=UTC), created_before=MIDDLE),
    "suspended, created before": Asked(is_active=False, created_before=MIDDLE),
    "search": Asked(search="a"),
    "search of the suspended": Asked(search="a", is_active=False),
    "search within a group": Asked(search="a", group="writers"),
    "search by id": Asked(search="aaaaaaaa"),
    "group": Asked(group="writers"),
    "group, suspended": Asked(group="writers", is_active=False),
}


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Committed, as statistics and visibility are that a plan goes by."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        try:
            cursor.execute(FILL)
            cursor.execute(JOIN, [Group.objects.create(name="writers").pk])
            cursor.execute("VACUUM ANALYZE accounts_user, accounts_user_groups")
            yield
        finally:
            cursor.execute("TRUNCATE accounts_user, auth_group CASCADE")


def place_behind(asked: Asked) -> Place:
    """Somewhere in the middle."""
    name = asked.order_name
    return Place(name, "a8" if asked.search else BEHIND[name], SOMEBODY)


def statements_of(asked: Asked, place: Place | None) -> list[str]:
    """Those that look for rows of people, without that which then reads some of them by their ids."""
    with CaptureQueriesContext(connection) as captured:
        pages.read(asked, place=place, limit=LIMIT, actor=System("test"))
    statements = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in statements if '"value"' in sql or "LIMIT 200" in sql]


def plan_of(statement: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, FORMAT JSON) {statement}")
        (((explained,),),) = cursor.fetchall()
    found: dict[str, Any] = (json.loads(explained) if isinstance(explained, str) else explained)["Plan"]
    return found


def nodes(plan: dict[str, Any], depth: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    yield depth, plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner, depth + 1)


def told(plan: dict[str, Any]) -> list[str]:
    """What is done to which table by which index."""
    names = ("Node Type", "Scan Direction", "Index Name", "Relation Name")
    return ["  " * depth + " ".join(str(node[name]) for name in names if name in node) for depth, node in nodes(plan)]


def rows_read(plan: dict[str, Any]) -> int:
    """By those that read tables, kept or not."""
    scans = [node for _, node in nodes(plan) if "Scan" in node["Node Type"]]
    return sum((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in scans)


@pytest.mark.usefixtures("filled")
def test_every_listing_is_read_by_the_committed_plan() -> None:
    plans = {
        f"{name}, {where}": [told(plan_of(statement)) for statement in statements_of(asked, place)]
        for name, asked in ASKED.items()
        for where, place in {"from the beginning": None, "from the middle": place_behind(asked)}.items()
    }
    assert plans == json.loads(PLANS.read_text(encoding="utf-8"))


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("name", ASKED)
def test_no_listing_sorts_or_walks_a_table_or_reads_more_than_a_page_looks_at(name: str) -> None:
    asked = ASKED[name]
    for place in (None, place_behind(asked)):
        for statement in statements_of(asked, place):
            plan = plan_of(statement)
            kinds = {node["Node Type"] for _, node in nodes(plan)}
            is_of_a_few = "IN (" in statement
            assert not {"Seq Scan", "Bitmap Heap Scan"} & kinds, told(plan)
            assert is_of_a_few or not {"Sort", "Incremental Sort"} & kinds, told(plan)
            tables = sum("Scan" in node["Node Type"] for _, node in nodes(plan))
            assert rows_read(plan) <= tables * pages.LOOKED_AT, told(plan)


def test_addresses_are_kept_in_the_order_of_their_bytes_whatever_the_language_of_the_database() -> None:
    """A prefix is a range in no other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'user_by_email'")
        assert 'email COLLATE "C"' in cursor.fetchone()[0]


@pytest.mark.usefixtures("filled")
def test_places_among_many_who_joined_at_one_moment_are_found_at_once() -> None:
    """As after an import: the comparison of rows begins behind the place, not behind the moment."""
    User.objects.update(date_joined=MIDDLE)
    (statement,) = statements_of(Asked(), Place(OrderName.NEWEST, MIDDLE, SOMEBODY))
    assert rows_read(plan_of(statement)) == LIMIT + 1
