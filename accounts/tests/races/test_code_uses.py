"""Of however many uses of one code at the same moment one wins; a new code and a use of the old meet in some order."""

from collections import Counter
from typing import Final

import pytest
from pytest_django import Settings

from accounts.errors import InvalidCode
from accounts.models import Code, MailKind, Notice, User
from accounts.services import mail_contents
from accounts.tests.support import codes, mailed_flows
from accounts.tests.support.factories import MakeUser
from accounts.tests.support.mailed_flows import FLOWS, RESET, Flow
from accounts.tests.support.together import outcomes_together, together

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

USES: Final = 20


@pytest.fixture(autouse=True)
def _unhindered(settings: Settings) -> None:
    settings.AUTH_DELETION_DELAY = 3600
    settings.AUTH_HASH_QUEUE = 2 * USES


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS.keys())
def test_of_twenty_parallel_uses_one_wins(flow: Flow, user: User) -> None:
    code = flow.code_for(user)
    before = Notice.objects.count()
    outcomes = outcomes_together(lambda _: flow.use(code), threads=USES)
    assert Counter(type(outcome) for outcome in outcomes) == {type(None): 1, InvalidCode: USES - 1}
    assert Notice.objects.count() == before + 1
    assert Code.objects.get().used_at is not None


def test_of_parallel_resets_the_winners_password_is_set(user: User) -> None:
    code = RESET.code_for(user)
    chosen = [f"{mailed_flows.NEW_PASSWORD} {number}" for number in range(USES)]
    outcomes = outcomes_together(lambda index: mailed_flows.reset(code, chosen[index]), threads=USES)
    (winner,) = [index for index, outcome in enumerate(outcomes) if outcome is None]
    assert User.objects.get().check_password(chosen[winner])
    assert User.objects.get().credentials_version == 2


def test_workers_that_make_the_same_code_at_once_make_one(user: User) -> None:
    RESET.ask(user)
    mail = codes.last(MailKind.RESET_PASSWORD)
    contents = together(lambda _: mail_contents.compose(mail), threads=USES)
    assert len({content.url for content in contents if content is not None}) == 1
    assert None not in contents
    assert Code.objects.count() == 1


def test_of_two_who_want_one_address_one_gets_it(make_user: MakeUser) -> None:
    made = [mailed_flows.CHANGE.code_for(make_user()) for _ in range(4)]
    outcomes = outcomes_together(lambda index: mailed_flows.verify(made[index]), threads=len(made))
    assert sum(outcome is None for outcome in outcomes) == 1
    assert {type(outcome).__name__ for outcome in outcomes if outcome is not None} == {"EmailTaken"}
    assert User.objects.filter(email=mailed_flows.NEW_EMAIL).count() == 1
