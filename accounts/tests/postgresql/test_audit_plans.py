"""Every filter of the audit reads its own index, newest first: nothing is sorted, and no table is read through."""

import json
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import AuditBatch, AuditContext, AuditEvent
from accounts.principals import System
from accounts.services.auditing import events

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

FILLING: Final = (
    """
    INSERT INTO accounts_auditevent (number, occurred_at, type, outcome, actor, subject, data, commitment)
    SELECT CASE WHEN n < 19900 THEN n END, now() - (20000 - n) * interval '2 minutes',
        CASE WHEN n % 100 = 0 THEN 'group.renamed' ELSE 'sign_in' END, 'success', person::text, person, '{}', ''
    FROM (SELECT n, lpad(to_hex(n % 10), 32, '0')::uuid AS person FROM generate_series(1, 20000) n) made
    """,
    """
    INSERT INTO accounts_auditcontext (event_id, subject, user_agent, request_id, salt, email)
    SELECT id, subject, '', '', '', CASE WHEN id % 400 = 0 THEN id || '@example.com' END FROM accounts_auditevent
    """,
    """
    INSERT INTO accounts_auditbatch (number, first_row, last_row, sealed_at, previous_head, head)
    SELECT n, n, n, now(), '', '' FROM generate_series(1, 2000) n
    """,
)


@pytest.fixture
def _many(db: None) -> None:
    """Four weeks of events of ten people, nearly all sealed, each with its personal part."""
    with connection.cursor() as cursor:
        for statement in FILLING:
            cursor.execute(statement)
        cursor.execute("ANALYZE accounts_auditevent")
        cursor.execute("ANALYZE accounts_auditcontext")
        cursor.execute("ANALYZE accounts_auditbatch")


def nodes(queryset: QuerySet[Any]) -> list[dict[str, Any]]:
    """Of the plan, from its top down."""
    found, left = [], [json.loads(queryset.explain(format="json"))[0]["Plan"]]
    while left:
        found.append(left.pop())
        left += found[-1].get("Plans", [])
    return found


def indexes_of(queryset: QuerySet[Any]) -> set[str]:
    plan = nodes(queryset)
    kinds = {node["Node Type"] for node in plan}
    assert not kinds & {"Sort", "Incremental Sort", "Seq Scan", "Bitmap Heap Scan"}, kinds
    return {node["Index Name"] for node in plan if "Index Name" in node}


def page(**wanted: object) -> QuerySet[Any]:
    return events.listed(wanted, actor=System("test")).order_by("-occurred_at", "-id")[:51]


LATELY: Final = timezone.now() - timedelta(days=3)
RANGE: Final = {"created_after": LATELY - timedelta(days=3), "created_before": LATELY}


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "audit_by_time"),
        ({"created_before": LATELY}, "audit_by_time"),
        (RANGE, "audit_by_time"),
        ({"subject": UUID(int=7)}, "audit_by_subject"),
        ({"subject": UUID(int=7)} | RANGE, "audit_by_subject"),
        ({"actor": str(UUID(int=7))}, "audit_by_actor"),
        ({"actor": str(UUID(int=7))} | RANGE, "audit_by_actor"),
        ({"type": "group.renamed"}, "audit_by_type"),
        ({"type": "group.renamed"} | RANGE, "audit_by_type"),
    ],
    ids=str,
)
def test_each_filter_has_its_index(wanted: dict[str, object], index: str) -> None:
    used = indexes_of(page(**wanted))
    assert index in used
    assert {name for name in used if name.startswith("audit_by")} == {index}


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize("other", [{"subject": UUID(int=7)}, {"actor": str(UUID(int=7))}], ids=str)
def test_two_filters_read_no_more_than_one(other: dict[str, object]) -> None:
    """What a person did of one kind is little enough to be sorted."""
    for wanted in ({"type": "group.renamed"} | other, {"type": "sign_in"} | other):
        plan = nodes(page(**wanted))
        assert not [node for node in plan if node["Node Type"] == "Seq Scan"]
        assert {node["Index Name"] for node in plan if "Index Name" in node} & {
            "audit_by_subject", "audit_by_actor", "audit_by_type"
        }  # fmt: skip


@pytest.mark.usefixtures("_many")
def test_what_the_worker_asks_in_every_round_has_its_index() -> None:
    assert indexes_of(AuditEvent.objects.unsealed()[:1000]) == {"audit_unsealed"}
    assert indexes_of(AuditBatch.objects.order_by("-number")[:1]) == {"accounts_auditbatch_pkey"}
    kept = AuditBatch.objects.filter(dropped_at__isnull=True).order_by("number")
    assert indexes_of(kept[:1]) == {"accounts_auditbatch_pkey"}


@pytest.mark.usefixtures("_many")
def test_a_batch_is_found_by_its_numbers() -> None:
    assert indexes_of(AuditEvent.objects.numbered(5001, 5050)) == {"audit_number"}
    following = AuditEvent.objects.order_by("number").filter(number__gte=5001)
    assert "audit_number" in indexes_of(following[:100])


@pytest.mark.usefixtures("_many")
def test_a_typed_address_is_found_by_its_index() -> None:
    plan = nodes(AuditContext.objects.filter(email="ada@example.com"))
    assert {node["Index Name"] for node in plan if "Index Name" in node} == {"audit_typed_email"}
