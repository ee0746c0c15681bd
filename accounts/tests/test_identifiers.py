"""One address is one account, whatever its case or Unicode form."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.identifiers import EMAIL_MAX_LENGTH, normalise_email, validate_email

WORDS = st.text(min_size=1, max_size=40)
ADDRESSES = st.builds("{}@{}".format, WORDS, WORDS)


@pytest.mark.parametrize(
    "raw",
    [
        "Ada@Example.COM",
        "  ada@example.com\t",
        "ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "ADA@example。com",
        "ada@EXAMPLE.com.".rstrip("."),
        "ada@exa\u00admple.com",  # a soft hyphen in the domain, which nobody sees
    ],
)
def test_every_form_of_an_address_is_one_address(raw: str) -> None:
    assert normalise_email(raw) == "ada@example.com"


@pytest.mark.parametrize("raw", ["root@localhost", "ROOT@LocalHost", "x@[10.0.0.5]", "x@[IPv6:::1]"])
def test_a_machine_of_its_own_is_no_address(raw: str) -> None:
    with pytest.raises(ValidationError):
        validate_email(raw)


def test_composed_and_decomposed_domains_are_one_domain_in_ascii() -> None:
    composed, decomposed = "ada@b\u00fccher.example", "ada@bu\u0308cher.example"
    assert normalise_email(composed) == normalise_email(decomposed) == "ada@xn--bcher-kva.example"
    assert normalise_email("ada@BÜCHER.example") == "ada@xn--bcher-kva.example"


def test_look_alikes_of_another_script_stay_other_addresses() -> None:
    assert normalise_email("аda@example.com") != "ada@example.com"  # a Cyrillic first letter


def test_sharp_s_folds_like_its_capitals() -> None:
    assert normalise_email("STRASSE@example.com") == normalise_email("straße@example.com")


@pytest.mark.parametrize(
    "raw", ["", "ada", "@", "ada@", "ada@-.com", "ada@exa mple.com", "a@" + "b" * 300, "\ud800@x.com"]
)
def test_what_is_no_address_comes_back_folded_and_never_raises(raw: str) -> None:
    assert normalise_email(raw) == raw


@given(st.one_of(st.text(), ADDRESSES))
def test_normalising_twice_is_normalising_once(raw: str) -> None:
    once = normalise_email(raw)
    assert normalise_email(once) == once


@given(ADDRESSES)
def test_case_never_makes_another_address(raw: str) -> None:
    assert normalise_email(raw.upper().casefold()) == normalise_email(raw.upper())


def test_an_address_whose_domain_grows_in_ascii_is_not_cut() -> None:
    raw = "a@" + ".".join(["ü" * 20] * 11) + ".com"
    assert len(raw) <= EMAIL_MAX_LENGTH
    assert normalise_email(normalise_email(raw)) == normalise_email(raw)
