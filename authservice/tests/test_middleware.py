"""Every request has an id, one line and a place in the metrics."""

import pytest
from django.test import Client
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from accounts.models import AuditEvent
from accounts.tests.support.factories import make_user
from accounts.tests.support.refusals import body_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("request_id", ["a", "0b8c1e3a-77d5-4c47-9a4e-1f1b1d7f9a11", "x" * 64, "A.b_c-9"])
def test_a_sane_id_is_kept(client: Client, request_id: str) -> None:
    answer = client.get("/nowhere", HTTP_X_REQUEST_ID=request_id)
    assert answer.headers["X-Request-ID"] == body_of(answer)["request_id"] == request_id


@pytest.mark.parametrize("request_id", ["", " ", "x" * 65, "a b", "a\nb", "é", "<script>", "a;b", "a/b"])
def test_another_id_is_replaced(client: Client, request_id: str) -> None:
    answer = client.get("/nowhere", HTTP_X_REQUEST_ID=request_id)
    made = answer.headers["X-Request-ID"]
    assert made == body_of(answer)["request_id"] != request_id
    assert len(made) == 32


def test_the_id_is_in_the_record_of_what_happened(client: Client) -> None:
    body = {"email": make_user().email, "password": "wrong"}
    client.post("/auth/login", body, content_type="application/json", headers={"X-Request-ID": "request-1"})
    assert AuditEvent.objects.get(type="sign_in").context.request_id == "request-1"


def test_one_line_tells_of_a_request_without_its_query(client: Client) -> None:
    with capture_logs() as lines:
        client.get("/nowhere?token=secret", HTTP_X_REQUEST_ID="request-1")
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/nowhere", 404)
    assert line["ms"] >= 0
    assert "secret" not in str(lines)


def counted(**labels: str) -> float:
    return REGISTRY.get_sample_value("authservice_http_requests_total", labels) or 0.0


def test_strangers_make_no_new_time_series(client: Client) -> None:
    labels = {"route": "", "method": "OTHER", "status": "404"}
    before = counted(**labels)
    for number in range(3):
        client.generic(f"BREW{number}", f"/nowhere/{number}")
    assert counted(**labels) == before + 3


def test_a_request_counts_under_its_route(client: Client) -> None:
    labels = {"route": "problems/<slug:code>", "method": "GET", "status": "200"}
    before = counted(**labels)
    client.get("/problems/busy")
    client.get("/problems/not_found")
    assert counted(**labels) == before + 2
