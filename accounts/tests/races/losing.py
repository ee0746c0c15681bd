"""Notices that every process has heard are lost, and their numbers given again: who hears of what comes next."""

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from accounts.models import Notice
from accounts.principals import Origin, UserPrincipal
from accounts.services import profile
from accounts.tests.races import people, suspending
from accounts.tests.races.suspending import BOUND_SECONDS, CANT_TELL, Pair
from accounts.tests.support import forging
from accounts.tests.support.databases import Database
from accounts.tests.support.factories import Tokens
from accounts.tests.support.trials import Distributions

KEPT: Final = 3
LOST: Final = 200
CUT_OFF_BOUND_SECONDS: Final = 2.0
"""While a process can't read the log, or has not tried again since it could not."""


def lose_notices(
    pair: Pair,
    database: Database,
    *,
    save: Callable[[], object],
    fall_back: Callable[[], object],
    distributions: Distributions,
) -> None:
    """`fall_back` to what was there at the time of `save`. Then one person is suspended at once, and one in health."""
    first, second = suspending.newcomer(pair), suspending.newcomer(pair)
    append_notices(KEPT, pair, database, second)
    save()
    append_notices(LOST, pair, database, first)
    lost = suspending.newcomer(pair)
    assert suspending.verdicts(pair, lost) == {(200, "")}
    cursor, heard = end_of_log(pair), last_number(database)
    with suspending.watch_both(pair, first) as watched:
        fall_back()
        assert last_number(database) <= heard - LOST
        assert not any(each.is_refused for each in watched)
        last_yes = suspending.last_yes_elsewhere(watched, suspending.suspend(pair, first))
    others = {*watched[0].others, *watched[1].others}
    assert others <= {CANT_TELL}, others
    distributions["suspended at once: last “yes” elsewhere"].append(last_yes)
    assert last_yes <= CUT_OFF_BOUND_SECONDS, last_yes
    last_yes = suspending.suspend_under_watch(pair, second)
    distributions["suspended in health: last “yes” elsewhere"].append(last_yes)
    assert last_yes <= BOUND_SECONDS, last_yes
    assert last_number(database) < heard, "both have heard of other notices by these numbers"
    assert suspending.verdicts(pair, lost) == {(401, "session_revoked")}
    assert verdicts_on_cursor(pair, cursor) == {(410, "cursor_expired")}


def append_notices(number: int, pair: Pair, database: Database, tokens: Tokens) -> None:
    """So many changes of one person's profile. Both processes have read the last of them."""
    claims = forging.claims_of(tokens.access)
    actor = UserPrincipal(user_id=UUID(claims["sub"]), session_id=UUID(claims["sid"]))
    with database.orm():
        for index in range(number):
            version = profile.update({"first_name": f"Ada {index}"}, actor=actor, origin=Origin()).version
    deadline = time.monotonic() + BOUND_SECONDS
    for server in pair.both:
        while people.verify(server, tokens.access).json["user"]["version"] != version:
            assert time.monotonic() < deadline


def last_number(database: Database) -> int:
    with database.orm():
        last = Notice.objects.find_last()
    assert last is not None
    assert last.seq is not None
    return last.seq


def end_of_log(pair: Pair) -> str:
    """The cursor of a reader who has read everything."""
    with pair.here.client() as client:
        page = client.get("/notices?limit=200", token=pair.staff.access).json
        while not page["complete"]:
            page = client.get(f"/notices?limit=200&after={page['cursor']}", token=pair.staff.access).json
    return str(page["cursor"])


def verdicts_on_cursor(pair: Pair, cursor: str) -> set[tuple[int, str]]:
    answers = set()
    for server in pair.both:
        with server.client() as client:
            answers.add(people.verdict(client.get(f"/notices?after={cursor}", token=pair.staff.access)))
    return answers
