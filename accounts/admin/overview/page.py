"""Puts the overview together: charts, and what waits for somebody."""

from typing import Any, Final

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now

from accounts.admin import cells, doorway
from accounts.admin.operation import consumers, keys
from accounts.admin.overview.charts import of
from accounts.models import Figure
from accounts.services import waiting_mails
from accounts.services.authorisation import Action
from accounts.services.counting import MOST, Some
from accounts.services.deleting import progress
from accounts.services.figures import charts
from accounts.services.figures.charts import Series
from accounts.services.signing_keys import key_listing

SHOWN: Final = 10
"""Consumers at most; their room has the others."""

QUIET_SECONDS: Final = 180
"""A worker that lives says so once a minute."""


def show(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Each part for whoever may see it; nobody is told of the others."""
    parts = {
        Action.READ_FIGURES: _figures,
        Action.READ_KEYS: _keys,
        Action.READ_DELETION: _deletions,
        Action.READ_MAILS: _mails,
    }
    context: dict[str, Any] = {"title": "Overview"}
    for action, read in parts.items():
        if doorway.may(request, action):
            context |= read(request)
    context["is_bare"] = len(context) == 1
    return render(request, "accounts/admin/overview.html", site.each_context(request) | context)


def _figures(request: HttpRequest) -> dict[str, Any]:
    caller = doorway.caller_of(request)
    day, month = charts.last_day(actor=caller), charts.last_month(actor=caller)
    seen_at = charts.last_sign_of_life(actor=caller)
    is_quiet = seen_at is None or (now() - seen_at).total_seconds() > QUIET_SECONDS
    return {
        "totals": _totals(day),
        "spans": [("Last 24 hours", of(day)), ("Last 30 days", of(month))],
        "worker": {"seen_at": cells.moment(seen_at), "is_quiet": is_quiet},
        "has_figures": not (day.is_empty and month.is_empty),
    }


def _totals(day: Series) -> list[tuple[str, str]]:
    active = cells.NOTHING if day.last_active is None else f"{day.last_active:,}"
    counted = {
        "Sign-ins": Figure.SIGN_INS,
        "Failed sign-ins": Figure.SIGN_IN_FAILURES,
        "Verifications": Figure.VERIFICATIONS,
    }
    totals = [(name, cells.NOTHING if day.is_empty else f"{day.total(figure):,}") for name, figure in counted.items()]
    return [*totals, ("Active sessions", active)]


def _keys(request: HttpRequest) -> dict[str, Any]:
    caller = doorway.caller_of(request)
    signing = [key for key in key_listing.listed(actor=caller) if key.stage == key_listing.Stage.SIGNING]
    coming = [keys.coming(prospect) for prospect in key_listing.prospects(actor=caller)] if signing else []
    return {"signing": signing, "coming": coming, "keys_url": reverse("admin:accounts_signingkey_changelist")}


def _deletions(request: HttpRequest) -> dict[str, Any]:
    caller = doorway.caller_of(request)
    behind = [each for each in progress.consumers(actor=caller) if each.since is not None or each.owes]
    table = {"headers": consumers.HEADERS, "rows": [consumers.row(each) for each in behind[:SHOWN]]}
    return {
        "consumers": table,
        "consumers_url": reverse("admin:accounts_deletionconsumer_changelist"),
        "unerased": _said(progress.unerased(actor=caller)),
        "deletions_url": reverse("admin:accounts_deletion_changelist"),
    }


def _mails(request: HttpRequest) -> dict[str, Any]:
    waiting = waiting_mails.waiting(actor=doorway.caller_of(request))
    return {"mails": _said(waiting), "mails_url": reverse("admin:accounts_mail_changelist")}


def _said(some: Some) -> dict[str, Any]:
    return {
        "count": f"{MOST:,} or more" if some.is_more else f"{some.count:,}",
        "since": some.since and cells.moment(some.since),
    }
