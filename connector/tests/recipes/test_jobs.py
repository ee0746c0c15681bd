"""A job calls in its service's own name, or fails."""

from dataclasses import dataclass, field
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3
from authservice_connector import current
from django.core.management import CommandError, call_command

from tests.pages import RECIPES, run, sections
from tests.service import Service


@dataclass
class Stock:
    """In the place of the other service."""

    status: int = 200
    called_with: list[str] = field(default_factory=list)

    def request(self, method: str, url: str, *, headers: dict[str, str], timeout: float, redirect: bool) -> Any:
        assert (method, timeout <= 10, redirect) == ("GET", True, False)
        self.called_with.append(headers["Authorization"])
        return SimpleNamespace(status=self.status, json=lambda: ["a loom", "a wheel"])


@pytest.fixture
def stock(monkeypatch: pytest.MonkeyPatch) -> Stock:
    made = Stock()
    monkeypatch.setattr(urllib3, "request", made.request)
    return made


def run_job() -> str:
    out = StringIO()
    call_command(run(sections(RECIPES)["A cron job with a service token"])["Command"](), stdout=out)
    return out.getvalue()


def test_a_job_calls_in_the_services_own_name_with_no_more_than_it_needs(service: Service, stock: Stock) -> None:
    assert run_job() == "2 articles\n"
    claims = current.connection().gate.identify(stock.called_with[0].removeprefix("Bearer "))
    assert (claims.is_service, set(claims.scopes)) == (True, {"stock:read"})


@pytest.mark.parametrize("status", [302, 401, 403, 503])
def test_a_job_fails_where_it_is_not_let_in(service: Service, stock: Stock, status: int) -> None:
    stock.status = status
    with pytest.raises(CommandError, match=str(status)):
        run_job()


def test_a_job_fails_without_a_token(service: Service, stock: Stock) -> None:
    service.is_down = True
    with pytest.raises(CommandError):
        run_job()
    assert not stock.called_with
