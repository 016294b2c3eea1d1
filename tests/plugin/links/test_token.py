"""What a signed link withstands."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, strategies as st

from plugin.kernel.errors import BadInput
from plugin.kernel.ids import new_id
from plugin.links.errors import LinkExpired, LinkInvalid
from plugin.links.token import Key, make_key, sign, verify
from tests.conftest import NOW

ENDS = NOW + timedelta(days=90)
LINK = "AbCdEfGh_-012345"
SECRET = bytes(range(32))
HS = make_key("aaaaaa", "HS256", SECRET)
ED = make_key("bbbbbb", "EdDSA", bytes(range(1, 33)))
CLAIMS: dict[str, Any] = {"iss": "s", "aud": "v", "sub": LINK, "exp": int(ENDS.timestamp())}


class Ring(dict[str, Key]):
    """A keyring in memory that remembers what it was asked."""

    def __init__(self, *keys: Key) -> None:
        super().__init__({key.kid: key for key in keys})
        self.asked: list[str] = []

    def find(self, kid: str) -> Key | None:
        self.asked.append(kid)
        return self.get(kid)


RING = Ring(HS, ED)


def forged(claims: Any = CLAIMS, header: Any = None, key: bytes = SECRET) -> str:
    """A token with our own signature over whatever is asked for."""
    header = header if header is not None else {"alg": "HS256", "kid": "aaaaaa"}
    parts = [part if isinstance(part, bytes) else compact(part) for part in (header, claims)]
    body = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = make_key("aaaaaa", "HS256", key).sign(body)
    return (body + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


@pytest.mark.parametrize("key", [HS, ED])
def test_what_we_sign_verifies_until_it_ends(key):
    token = sign(LINK, ENDS, key)

    assert verify(token, RING, NOW) == LINK
    assert verify(token, RING, ENDS - timedelta(seconds=1)) == LINK
    for late in (ENDS, ENDS + timedelta(days=4000)):
        with pytest.raises(LinkExpired) as caught:
            verify(token, RING, late)
        assert caught.value.link_id == LINK


def test_a_token_is_what_pyjwt_itself_would_write():
    theirs = jwt.encode(CLAIMS, SECRET, "HS256", headers={"typ": "", "kid": "aaaaaa"})

    assert sign(LINK, ENDS, HS) == theirs == forged()


def test_a_token_fits_into_170_characters_for_the_next_two_centuries():
    last = datetime(2286, 11, 20, tzinfo=UTC)

    assert len(sign(new_id(), last, HS)) <= 170
    assert len(sign(new_id(), last, ED)) <= 213


def test_a_token_holds_nothing_but_the_link_id_and_its_end():
    header, claims, _ = sign(LINK, ENDS, HS).split(".")

    assert json.loads(base64.urlsafe_b64decode(header + "==")) == {"alg": "HS256", "kid": "aaaaaa"}
    assert json.loads(base64.urlsafe_b64decode(claims + "==")) == CLAIMS


@pytest.mark.parametrize("key", [HS, ED])
def test_every_single_bit_flip_is_refused(key):
    token = sign(LINK, ENDS, key).encode()

    for place in range(len(token)):
        for bit in range(8):
            flipped = bytearray(token)
            flipped[place] ^= 1 << bit
            with pytest.raises(LinkInvalid):
                verify(flipped.decode("latin-1"), RING, NOW)


@pytest.mark.parametrize("key", [HS, ED])
def test_every_other_letter_in_every_place_is_refused(key):
    token = sign(LINK, ENDS, key)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.+/ "
    # The last letter of each part holds bits that mean nothing, so a lax reader takes several spellings.
    tails = [place - 1 for place in range(len(token)) if token[place] == "."] + [len(token) - 1]

    for place in tails:
        for letter in alphabet.replace(token[place], ""):
            with pytest.raises(LinkInvalid):
                verify(token[:place] + letter + token[place + 1 :], RING, NOW)


@pytest.mark.parametrize("change", ["{}=", "{}==", " {}", "{}\n", "{}.", ".{}", "{}.{}", "{}\0", "Bearer {}"])
def test_a_token_has_one_spelling(change):
    token = sign(LINK, ENDS, HS)

    with pytest.raises(LinkInvalid):
        verify(change.format(token, token), RING, NOW)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, "HS384", "HS512", "RS256", "EdDSA", "ES256", 0, []])
def test_no_other_algorithm_is_taken_at_its_word(alg):
    header = base64.urlsafe_b64encode(compact({"alg": alg, "kid": "aaaaaa"})).rstrip(b"=").decode()
    _, claims, signature = sign(LINK, ENDS, HS).split(".")

    for text in (f"{header}.{claims}.{signature}", f"{header}.{claims}."):
        with pytest.raises(LinkInvalid):
            verify(text, RING, NOW)
    with pytest.raises(LinkInvalid):
        verify(forged(header={"alg": alg, "kid": "aaaaaa"}), RING, NOW)


def test_a_public_key_is_not_a_shared_secret():
    public = ED.verifies
    for secret in (
        public.public_bytes(Encoding.Raw, PublicFormat.Raw),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)[:32],
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)[-32:],
    ):
        for alg in ("HS256", "EdDSA"):
            with pytest.raises(LinkInvalid):
                verify(forged(header={"alg": alg, "kid": "bbbbbb"}, key=secret), RING, NOW)


NOT_OUR_KID = [None, "", "bbbbbb", "cccccc", "AAAAAA", "aaaaa", "aaaaaaa", "aaaaaa\n", "../../dev/null", "' or 1=1 --"]


@pytest.mark.parametrize(
    "kid", [*NOT_OUR_KID, "a" * 100_000, ["aaaaaa"], {"aaaaaa": 1}, 0, True, "\u0430aaaaa", "\ud800aaaaa"]
)
def test_a_kid_names_one_key_or_none(kid):
    ring = Ring(HS, ED)

    with pytest.raises(LinkInvalid):
        verify(forged(header={"alg": "HS256", "kid": kid}), ring, NOW)
    assert set(ring.asked) <= {"bbbbbb", "cccccc"}


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "HS256"},
        {"kid": "aaaaaa"},
        {"kid": "aaaaaa", "alg": "HS256"},
        {"alg": "HS256", "kid": "aaaaaa", "typ": "JWT"},
        {"alg": "HS256", "kid": "aaaaaa", "jku": "https://evil.example/keys"},
        {"alg": "HS256", "kid": "aaaaaa", "jwk": {"kty": "oct", "k": "AAAA"}},
        {"alg": "HS256", "kid": "aaaaaa", "x5u": "https://evil.example/cert"},
        {"alg": "HS256", "kid": "aaaaaa", "crit": ["exp"]},
        {"alg": "HS256", "kid": "aaaaaa", "b64": False, "crit": ["b64"]},
        b'{"alg":"none","alg":"HS256","kid":"aaaaaa"}',
        b'{"alg":"HS256","kid":"cccccc","kid":"aaaaaa"}',
        b'{"alg": "HS256","kid":"aaaaaa"}',
        b"[]",
        b"null",
        b"",
    ],
)
def test_a_header_says_what_ours_says_and_no_more(header):
    with pytest.raises(LinkInvalid):
        verify(forged(header=header), RING, NOW)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


@pytest.mark.parametrize(
    "claims",
    [
        *(without(name) for name in CLAIMS),
        *({**CLAIMS, "aud": aud} for aud in ("w", "", None, ["v"], ["v", "x"], "V", "nonce")),
        *({**CLAIMS, "iss": iss} for iss in ("t", "", None, ["s"], "S")),
        *({**CLAIMS, "sub": sub} for sub in (None, "", 7, ["x"], "a" * 41, "a b", 'a"b', "../x", "ü")),
        *({**CLAIMS, "exp": exp} for exp in ("1900000000", 1.9e9, 1900000000.5, True, None, [], -1, 10**30, 10**12)),
        {**CLAIMS, "nbf": CLAIMS["exp"]},
        {**CLAIMS, "iat": CLAIMS["exp"]},
        {**CLAIMS, "iat": 1},
        dict(reversed(CLAIMS.items())),
        b'{"iss":"s","aud":"v","sub":"AbCdEfGh_-012345","exp":NaN}',
        b'{"iss":"s","aud":"v","sub":"AbCdEfGh_-012345","exp":Infinity}',
        b'{"iss":"s","aud":"v","sub":"AbCdEfGh_-012345","exp":1e9}',
        b'{"iss":"s","aud":"v","sub":"other","sub":"AbCdEfGh_-012345","exp":1900000000}',
        b'{"iss":"s","aud":"v","sub":"AbCdEfGh_-012345","exp":1,"exp":1900000000}',
        b'{"iss":"s","aud":"v","sub":"\\u0041bCdEfGh_-012345","exp":1900000000}',
        b'{"iss":"s","aud":"v","sub":"AbCdEfGh_-012345","exp":1900000000} ',
        b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        b"\xff\xfe" * 40,
        forged().encode(),
    ],
)
def test_even_our_own_signature_does_not_make_a_link_of_other_claims(claims):
    with pytest.raises(LinkInvalid):
        verify(forged(claims), RING, NOW)


def test_a_stranger_s_key_of_the_same_name_is_refused():
    with pytest.raises(LinkInvalid):
        verify(forged(key=os.urandom(32)), RING, NOW)


def test_ten_megabytes_are_refused_unread():
    ring = Ring(HS)

    for text in ("A" * 10_000_000, forged().replace(".", "." + "A" * 10_000_000, 1)):
        with pytest.raises(LinkInvalid):
            verify(text, ring, NOW)
    assert ring.asked == []


def test_a_retired_key_verifies_nothing_that_outlives_its_last_link():
    retired = make_key("aaaaaa", "HS256", SECRET, verifies_until=ENDS)

    assert verify(sign(LINK, ENDS, HS), Ring(retired), NOW) == LINK
    with pytest.raises(LinkInvalid):
        verify(sign(LINK, ENDS + timedelta(seconds=1), HS), Ring(retired), NOW)


@pytest.mark.parametrize("secret", [b"", b"short", bytes(31), bytes(33)])
@pytest.mark.parametrize("algorithm", ["HS256", "EdDSA"])
def test_a_key_of_another_length_is_no_key(secret, algorithm):
    with pytest.raises(BadInput):
        make_key("aaaaaa", algorithm, secret)


@pytest.mark.parametrize("link_id", ["", "a b", 'a"', "a" * 41, "ü", "a\n"])
def test_only_opaque_ids_are_signed(link_id):
    with pytest.raises(BadInput):
        sign(link_id, ENDS, HS)


def test_a_key_does_not_show_itself():
    assert SECRET.hex() not in repr(HS)
    assert repr(SECRET) not in repr(HS)


@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1"))))
def test_no_text_verifies(text):
    with pytest.raises(LinkInvalid):
        verify(text, RING, NOW)


SEGMENT = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", max_size=128)
HEADER = st.sampled_from([forged().split(".")[0], sign(LINK, ENDS, ED).split(".")[0]])


@given(st.tuples(HEADER | SEGMENT, SEGMENT | st.just(forged().split(".")[1]), SEGMENT).map(".".join))
def test_nothing_shaped_like_a_token_verifies(text):
    with pytest.raises(LinkInvalid):
        verify(text, RING, NOW)


@given(st.from_regex(r"[A-Za-z0-9_-]{1,40}", fullmatch=True), st.integers(1, 7_000_000_000))
def test_any_link_id_and_end_come_back(link_id, ends_s):
    ends = datetime.fromtimestamp(ends_s, UTC)
    token = sign(link_id, ends, HS)

    assert verify(token, RING, datetime(1970, 1, 1, tzinfo=UTC)) == link_id


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda each: st.lists(each, max_size=2)))
def test_no_other_payload_verifies_under_our_own_signature(claims):
    with pytest.raises(LinkInvalid):
        verify(forged(claims), RING, NOW)
