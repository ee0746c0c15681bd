"""Compact serialisation is read in the one form that is written."""

from string import ascii_letters, digits
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import TokenInvalid
from accounts.tests.support.forging import part
from accounts.tokens import compact
from accounts.tokens.compact import MAX_LENGTH

HEADER = {"typ": "at+jwt", "alg": "ES256", "kid": "k"}
BASE64URL = ascii_letters + digits + "-_"


def test_a_token_is_taken_apart() -> None:
    token = f"{part(HEADER)}.{part(b'payload')}.{part(b'signature')}"
    jws = compact.take_apart(token)
    assert (jws.typ, jws.alg, jws.kid) == ("at+jwt", "ES256", "k")
    assert (jws.payload, jws.signature) == (b"payload", b"signature")
    assert jws.signing_input.decode() == token.rpartition(".")[0]


@given(st.text())
def test_any_text_is_refused_or_read_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(TokenInvalid):
        compact.take_apart(text)


@given(st.lists(st.text(BASE64URL, max_size=20), min_size=1, max_size=5).map(".".join))
def test_whatever_has_the_alphabet_alone_is_refused(text: str) -> None:
    with pytest.raises(TokenInvalid):
        compact.take_apart(text)


@given(st.binary(max_size=40), st.binary(max_size=70), st.sampled_from(["", "=", "\n", " ", ".", ".x", "\x00"]))
def test_only_the_exact_shape_reads(payload: bytes, signature: bytes, tail: str) -> None:
    token = f"{part(HEADER)}.{part(payload)}.{part(signature)}"
    if tail or not payload or not signature:
        with pytest.raises(TokenInvalid):
            compact.take_apart(token + tail)
    else:
        jws = compact.take_apart(token)
        assert (jws.payload, jws.signature) == (payload, signature)


@pytest.mark.parametrize(
    "header",
    [
        [],
        "text",
        None,
        {},
        {"typ": "at+jwt", "alg": "ES256"},
        {"alg": "ES256", "kid": "k"},
        HEADER | {"kid": None},
        HEADER | {"kid": ["k"]},
        HEADER | {"alg": 1},
        HEADER | {"typ": {}},
        HEADER | {"crit": ["exp"]},
        HEADER | {"b64": False},
        HEADER | {"jku": "https://elsewhere.example/jwks.json"},
        HEADER | {"jwk": {"kty": "oct", "k": "AA"}},
        HEADER | {"x5u": "https://elsewhere.example/cert"},
        HEADER | {"zip": "DEF"},
        b"\xff\xfe",
        b"{",
        b"[" * 4000,
        b'{"a":' * 1000,
        b"1" * 4400,
    ],
)
def test_a_header_of_other_members_is_refused(header: Any) -> None:
    with pytest.raises(TokenInvalid):
        compact.take_apart(f"{part(header)}.{part(b'payload')}.{part(b'signature')}")


def test_a_part_of_impossible_length_is_refused() -> None:
    with pytest.raises(TokenInvalid):
        compact.take_apart(f"{part(HEADER)}.AAAAA.AAAA")


def test_the_longest_token_reads_and_one_character_more_does_not() -> None:
    start = f"{part(HEADER)}.{part(b'payload')}."
    room = MAX_LENGTH - len(start)
    signature = "A" * (room - 1 if room % 4 == 1 else room)
    assert compact.take_apart(start + signature).signature
    with pytest.raises(TokenInvalid):
        compact.take_apart(start + "A" * (room + 1 + (room + 1) % 4 % 2))


@pytest.mark.parametrize("raw", [b"[]", b"1", b"null", b"", b"{", b"\x80", b"NaN", b"[" * 100_000])
def test_a_payload_is_an_object(raw: bytes) -> None:
    with pytest.raises(TokenInvalid):
        compact.read_object(raw)


@pytest.mark.parametrize("last", "BCDEFGHIJKLMNOP")
def test_a_signature_has_one_spelling(last: str) -> None:
    """Of the last character of 64 bytes four bits say nothing."""
    signed = f"{part(HEADER)}.{part(b'payload')}."
    assert compact.take_apart(signed + "A" * 86).signature == bytes(64)
    with pytest.raises(TokenInvalid):
        compact.take_apart(signed + "A" * 85 + last)
