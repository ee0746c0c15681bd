"""The overview says how the house does, to each as far as they may see it, and reads well when there is nothing."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Final

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Figure, Mail, MailKind, Rollup, User
from accounts.models.rollups import minute_of
from accounts.principals import Origin, System
from accounts.services import counting, mailing
from accounts.services.deleting import deletion, erasure
from accounts.services.signing_keys import keys
from accounts.tests.admin.conftest import enter
from accounts.tests.support import consumers
from accounts.tests.support.factories import MakeUser
from accounts.tests.support.staff import make_staff

pytestmark = pytest.mark.django_db

PATH: Final = "/admin/"
OPERATOR: Final = System("test")


def shown(client: Client) -> str:
    answer = client.get(PATH)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition('id="content"')[2]))


def count_minutes(*minutes_ago: int, **figures: int) -> None:
    now = minute_of(timezone.now())
    for ago in minutes_ago:
        counts = {Figure(name): count for name, count in figures.items()} | {Figure.READINGS: 1, Figure.WORKERS: 1}
        Rollup.objects.add({(now - ago, figure): count for figure, count in counts.items()})


def test_an_empty_house_says_what_is_missing_and_how_to_get_it(admin: Client) -> None:
    text = text_of(shown(admin))
    assert "No figures yet. The worker writes them down once a minute" in text
    assert "No worker has shown itself for three minutes." in text
    assert "Nobody is behind." in text
    assert "Last 24 hours" not in text


def test_a_lone_worker_is_seen_though_it_can_read_nothing(admin: Client) -> None:
    Rollup.objects.add({(minute_of(timezone.now()), Figure.WORKERS): 1})
    text = text_of(shown(admin))
    assert "No worker has shown itself" not in text
    assert "No figures yet" in text


@pytest.mark.parametrize(("minutes", "is_quiet"), [(2, False), (5, True)])
def test_a_worker_that_is_away_is_told(admin: Client, minutes: int, is_quiet: bool) -> None:
    count_minutes(minutes, sign_ins=1)
    assert ("No worker has shown itself for three minutes; the last was there at" in text_of(shown(admin))) is is_quiet


def test_figures_are_totals_charts_and_tables(root: User) -> None:
    with time_machine.travel(datetime(2030, 1, 31, 12, 1, tzinfo=UTC), tick=False):
        client = enter(root)
        count_minutes(1, 2, 3, sign_ins=400, sign_in_failures=5, verifications=1_000, refreshes=100)
        page = client.get(PATH).content.decode()
    text = text_of(unescape(page))
    assert "Sign-ins 1,200 in 24 hours" in text
    assert "Failed sign-ins 15 in 24 hours" in text
    assert "Verifications 3,000 in 24 hours" in text
    assert "Active sessions 2,500 now" in text
    charts = [json.loads(unescape(data)) for data in re.findall(r'data-type="(?:line|bar)" data-value="([^"]+)"', page)]
    assert len(charts) == 6
    assert [len(chart["labels"]) for chart in charts] == [144, 144, 144, 30, 30, 30]
    day = charts[0]
    assert [line["label"] for line in day["datasets"]] == ["Sign-ins", "Failed sign-ins"]
    assert day["datasets"][0]["data"][-3:] == [None, 800, 400]
    assert day["labels"][-2:] == ["11:50", "12:00"]
    assert "2030-01-31 12:00 UTC 400 5" in text
    assert charts[3]["labels"][-1] == "31 Jan"


def test_keys_and_what_comes_next(admin: Client) -> None:
    keys.get_ready()
    text = text_of(shown(admin))
    assert "signs access tokens (ES256)" in text
    assert "Next for refresh tokens" in text
    assert "the worker lets it sign at 20" in text


def test_who_is_behind_and_what_waits(admin: Client, make_user: MakeUser) -> None:
    orders = consumers.make("svc_orders")
    deletion.request(make_user().pk, actor=OPERATOR, origin=Origin())
    mailing.enqueue(MailKind.PASSWORD_CHANGED, address="ada@example.com")
    text = text_of(shown(admin))
    assert "svc_orders" in text
    assert "Deletions wait" in text
    assert re.search(r"Deletions under way 1 since 20", text)
    assert re.search(r"Mails waiting 1 since 20", text)
    consumers.catch_up(orders)
    erasure.advance_deletions()
    text = text_of(shown(admin))
    assert "Nobody is behind." in text
    assert "Deletions under way 0" in text


def test_no_more_is_counted_than_is_told(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST", 2)
    monkeypatch.setattr("accounts.admin.overview.page.MOST", 2)
    Mail.objects.bulk_create(Mail(kind=MailKind.PASSWORD_CHANGED, address="ada@example.com") for _ in range(4))
    with CaptureQueriesContext(connection) as captured:
        assert "Mails waiting 2 or more since" in text_of(shown(admin))
    (read,) = [query["sql"] for query in captured.captured_queries if 'FROM "accounts_mail"' in query["sql"]]
    assert read.endswith("LIMIT 3")


@pytest.mark.parametrize(
    ("permission", "part"),
    [
        ("accounts.view_rollup", "No figures yet"),
        ("accounts.view_signingkey", "Signing keys"),
        ("accounts.view_user", "Consumers behind"),
        ("accounts.view_mail", "Mails waiting"),
    ],
)
def test_each_part_is_for_whoever_may_see_it(permission: str, part: str) -> None:
    parts = {"No figures yet", "Signing keys", "Consumers behind", "Mails waiting"}
    text = text_of(shown(enter(make_staff(permission))))
    assert {each for each in parts if each in text} == {part}
    assert "Welcome" not in text


def test_staff_who_may_see_none_of_it_are_told_what_it_takes() -> None:
    text = text_of(shown(enter(make_staff())))
    assert "Welcome" in text
    assert "accounts.view_rollup" in text


def test_it_costs_the_same_however_much_there_is(admin: Client, make_user: MakeUser) -> None:
    keys.get_ready()

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(admin)
        return len(captured)

    empty = cost()
    for name in ("svc_a", "svc_b", "svc_c"):
        consumers.make(name)
    for _ in range(3):
        deletion.request(make_user().pk, actor=OPERATOR, origin=Origin())
        mailing.enqueue(MailKind.PASSWORD_CHANGED, address="ada@example.com")
    count_minutes(*range(1, 30), sign_ins=1)
    assert cost() == empty


def test_what_is_long_ago_is_not_shown(admin: Client) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=2), tick=False):
        count_minutes(1, verifications=7)
    assert "Verifications – in 24 hours" in text_of(shown(admin))
