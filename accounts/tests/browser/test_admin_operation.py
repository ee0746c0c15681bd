"""The overview of the admin and the rooms of operation, in a house where something goes on, and in an empty one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import sin
from typing import Final
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import DjangoDbBlocker

from accounts.models import (
    Deletion,
    DeletionAcknowledgement,
    DeletionConsumer,
    Figure,
    Mail,
    MailKind,
    Rollup,
    ServiceClient,
)
from accounts.models.rollups import minute_of
from accounts.services.auditing import sealing
from accounts.services.signing_keys import keys
from accounts.tests.browser.conftest import HOST
from accounts.tests.browser.watching import Tab
from accounts.tests.support import audit_trail, notice_log
from accounts.tests.support.databases import Database, Databases
from accounts.tests.support.processes import Servers

pytestmark = [pytest.mark.browser, pytest.mark.processes]

EMAIL: Final = "grace@example.com"
PASSWORD: Final = "amber lighthouse counts herons"
ROOMS: Final = ("signingkey", "deletion", "deletionconsumer", "mail", "auditevent", "auditbatch")


@pytest.fixture(scope="module", params=["busy", "empty"])
def house(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def origin(
    house: str,
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    database = databases.create()
    servers = Servers(database, tmp_path_factory.mktemp(house))
    env = {"ALLOWED_HOSTS": f"{HOST},127.0.0.1", "AUTH_LOGIN_LIMITS": ""}
    named = ("--noinput", "--email", EMAIL)
    database.manage("createsuperuser", *named, env=env | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD})
    if house == "busy":
        with django_db_blocker.unblock(), ThreadPoolExecutor(1) as aside:  # Playwright's loop runs in this thread
            aside.submit(fill, database).result()
    (server,) = servers.start(env=env)
    yield f"http://{HOST}:{server.port}"
    servers.stop()
    databases.drop(database)


def fill(database: Database) -> None:
    with database.orm():
        count_figures()
        keys.get_ready()
        let_deletions_wait()
        Mail.objects.create(kind=MailKind.INVITATION, address="ada@example.com", attempts=3)
        for events in (12, 30):
            audit_trail.append(events)
            audit_trail.wait()
            sealing.seal_due()
        audit_trail.append(60)


def count_figures() -> None:
    now = timezone.now()
    for ago in range(30 * 24 * 60, 0, -10):
        if 300 < ago < 420:
            continue  # nobody counted
        wave = 1.2 + sin(ago / 229)
        counts = {
            Figure.SIGN_INS: int(9 * wave),
            Figure.SIGN_IN_FAILURES: int(2 * wave) + 30 * (ago in range(600, 640)),
            Figure.VERIFICATIONS: int(4_000 * wave),
            Figure.REFRESHES: int(150 * wave),
            Figure.WORKERS: 1,
            Figure.READINGS: 1,
        }
        Rollup.objects.add({(minute_of(now) - ago, figure): count for figure, count in counts.items() if count})
    Rollup.objects.add({(minute_of(now), Figure.WORKERS): 1})


def let_deletions_wait() -> None:
    now = timezone.now()
    orders = ServiceClient.objects.create(name="Orders", holds_personal_data=True)
    slow = DeletionConsumer.objects.create(client_id=orders.pk)
    DeletionConsumer.objects.create(client_id="svc_mailing", acknowledged_seq=99, acknowledged_at=now)
    notice_log.append(5)
    for days in range(3):
        asked = Deletion.objects.create(user_id=uuid4(), requested_by="system:delete_user", notice_id=uuid4())
        DeletionAcknowledgement.objects.create(deletion=asked, consumer=slow)
        Deletion.objects.filter(pk=asked.pk).update(requested_at=now - timedelta(days=days, hours=1))


def sign_in(tab: Tab) -> None:
    tab.open("/admin/login/")
    tab.page.get_by_label("E-mail").fill(EMAIL)
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Sign in").click()
    tab.page.wait_for_url("**/admin/")
    tab.page.wait_for_load_state("networkidle")


def test_the_overview_shows_how_the_house_does(tab: Tab, house: str) -> None:
    sign_in(tab)
    tab.picture(f"admin-overview-{house}")
    if house == "busy":
        expect(tab.page.locator("canvas.chart")).to_have_count(6)
        tab.page.get_by_text("As a table").first.click()
        expect(tab.page.locator("details[open] td").first).to_be_visible()
        expect(tab.page.get_by_text("Deletions late")).to_be_visible()
    else:
        expect(tab.page.get_by_text("No figures yet")).to_be_visible()
    tab.assert_kept_to_itself()


def test_every_room_of_operation_reads_well(tab: Tab, house: str) -> None:
    sign_in(tab)
    for room in ROOMS:
        tab.open(f"/admin/accounts/{room}/")
        tab.picture(f"admin-{room}-{house}")
        tab.assert_kept_to_itself()


def test_a_key_is_withdrawn_after_a_question(tab: Tab, house: str) -> None:
    sign_in(tab)
    tab.open("/admin/accounts/signingkey/")
    tab.page.get_by_role("link", name="Rotate access key").click()
    tab.page.get_by_role("button", name="Rotate access key").click()
    expect(tab.page.get_by_text("may be unknown to verifiers until")).to_be_visible()
    tab.picture(f"admin-rotate-{house}")
    tab.open("/admin/accounts/signingkey/")
    tab.page.get_by_role("link", name="Withdraw").first.click()
    shown = (tab.page.locator("h1").text_content() or "").split()[-1]
    tab.picture(f"admin-withdraw-{house}")
    tab.page.get_by_label("Its first characters").fill(shown)
    tab.page.get_by_role("button", name="Withdraw").click()
    expect(tab.page.get_by_text(f"{shown} is withdrawn.")).to_be_visible()
    tab.complaints = [each for each in tab.complaints if "status of 400" not in each]
    tab.assert_kept_to_itself()
