"""Every refusal has one stable code, and every code its status, its title and its page."""

import re

from accounts import errors
from accounts.rest import problems
from accounts.rest.guides import GUIDES
from accounts.rest.problems import STATUS_BY_CODE, TITLES


def test_no_two_refusals_share_a_code() -> None:
    codes = [refusal.code for refusal in errors.all_refusals()]
    assert len(codes) == len(set(codes)) >= 20


def test_codes_are_lower_snake() -> None:
    assert [code for code in STATUS_BY_CODE if not re.fullmatch(r"[a-z]+(_[a-z]+)*", code)] == []


def test_every_refusal_has_a_status() -> None:
    assert {refusal.code for refusal in errors.all_refusals()} - set(STATUS_BY_CODE) == set()


def test_every_code_has_a_title_and_a_page_and_nothing_else_has() -> None:
    assert set(TITLES) == set(GUIDES) == set(STATUS_BY_CODE)


def test_every_refusal_says_something_that_is_safe_to_show() -> None:
    assert [refusal for refusal in errors.all_refusals() if not refusal.title] == []
    with_own_words = [errors.RefreshTokenReused]
    assert [r for r in errors.all_refusals() if not r.detail and r not in with_own_words] == []


def test_not_now_is_429_or_503_and_nothing_else_is() -> None:
    passing = {refusal.code for refusal in errors.all_refusals() if issubclass(refusal, errors.Unavailable)}
    assert passing == {code for code, status in STATUS_BY_CODE.items() if status in {429, 503}}


def test_a_suspended_account_is_the_one_code_with_two_statuses() -> None:
    assert problems.status_of(errors.AccountSuspended) == 401
    assert problems.status_of(problems.SuspendedAtSignIn) == 403
    assert problems.SuspendedAtSignIn not in errors.all_refusals()


def test_a_refusal_may_say_more_than_its_class() -> None:
    assert errors.NotFound("No such thing.").detail == str(errors.NotFound("No such thing.")) == "No such thing."
    assert errors.NotFound().detail == str(errors.NotFound()) == "Nothing is found here."
