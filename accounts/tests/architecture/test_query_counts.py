"""What each endpoint costs in queries, committed: growth is a decision, not an accident."""

import json
from typing import Any, Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import clock
from accounts.models import User
from accounts.notices import cursor
from accounts.tests.architecture.sources import ROOT
from accounts.tests.support import notice_log
from accounts.tests.support.factories import PASSWORD, Bearer, SignIn
from accounts.tests.support.staff import make_staff, make_superuser

COUNTS: Final = ROOT / "accounts/tests/architecture/query_counts.json"
NOT_COUNTED: Final = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def count(client: APIClient, method: str, path: str, body: dict[str, Any] | None = None) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = getattr(client, method)(path, body)
    assert response.status_code < 300, response.content
    return sum(not query["sql"].lstrip().startswith(NOT_COUNTED) for query in captured.captured_queries)


@pytest.mark.django_db(transaction=True)
def test_endpoints_cost_the_committed_number_of_queries(
    user: User, api: APIClient, sign_in: SignIn, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)  # what is remembered does not age, however slow the machine
    tokens = sign_in(user)  # makes the first keys, and loads the ring
    caller = bearer(tokens.access)
    follower = bearer(sign_in(make_staff("accounts.view_notice")).access)
    (notice,) = notice_log.append(1)
    after = {"after": cursor.write(cursor.at(notice))}
    root, somebody = bearer(sign_in(make_superuser()).access), f"/users/{make_staff().pk}"
    credentials = {"email": user.email, "password": PASSWORD}
    counts = {
        "GET /.well-known/jwks.json": count(api, "get", "/.well-known/jwks.json"),
        "GET /auth/sessions": count(caller, "get", "/auth/sessions"),
        "GET /auth/user": count(caller, "get", "/auth/user"),
        "GET /notices": count(follower, "get", "/notices"),
        "GET /notices?after": count(follower, "get", "/notices", after),
        "PATCH /auth/user": count(caller, "patch", "/auth/user", {"first_name": "Ada"}),
        "POST /auth/login": count(api, "post", "/auth/login", credentials),
        "POST /auth/logout": count(bearer(sign_in(user).access), "post", "/auth/logout"),
        "POST /auth/refresh": count(api, "post", "/auth/refresh", {"refresh": tokens.refresh}),
        "POST /auth/register": count(api, "post", "/auth/register", credentials | {"email": "new@example.com"}),
        "POST /auth/verify": count(api, "post", "/auth/verify", {"token": tokens.access}),
        "POST /auth/verify, remembered": count(api, "post", "/auth/verify", {"token": tokens.access}),
        "POST /users/{id}/suspend": count(root, "post", f"{somebody}/suspend", {"reason": "case 4711"}),
        "GET /users/{id}/suspensions": count(root, "get", f"{somebody}/suspensions"),
        "POST /users/{id}/reinstate": count(root, "post", f"{somebody}/reinstate"),
        "POST /auth/user/delete": count(caller, "post", "/auth/user/delete", {"password": PASSWORD}),  # the last: gone
    }
    assert counts == json.loads(COUNTS.read_text(encoding="utf-8"))
