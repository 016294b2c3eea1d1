"""The org's action: only a connected org gets links, 200 records at once, each with its own word, twice the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, strategies as st

from connectors.salesforce.held import CERTIFICATE
from connectors.salesforce.inbound import links
from connectors.salesforce.names import long_id
from plugin.accounts import credentials
from plugin.kernel.database import Database
from plugin.kernel.errors import BadInput, Forbidden
from plugin.kernel.seal import Vault
from plugin.links.keys import Keyring
from plugin.privacy.suppress import OPTED_OUT, pseudonym_of, suppress
from plugin.recipients.ports import ExternalRef
from tests.conftest import HeldClock
from tests.make import make_campaign, make_installation

ORG = long_id("00Dd0000000dtDq")
KEY = "named-credential-key"
ORIGIN = "https://video.example.com"


@pytest.fixture
def installation_id(database: Database, vault: Vault) -> str:
    with database.transaction() as session:
        made = make_installation(session, connector="salesforce", account=ORG).id
        make_campaign(session, slug="spring", installation_id=made, published_version=1)
        make_campaign(session, slug="draft", installation_id=made)
        values = {"access_token": "a", "inbound_key": KEY, CERTIFICATE: public_key()}
        credentials.keep(session, vault, made, values)
    return made


_PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key() -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _PRIVATE.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def signed(**changed: Any) -> str:
    claims = {"iss": ORG, "aud": ORIGIN, "exp": datetime.now(UTC) + timedelta(minutes=5), **changed}
    return jwt.encode({name: value for name, value in claims.items() if value is not None}, _PRIVATE, "RS256")


def who(database: Database, vault: Vault, org: str, authorization: str) -> str:
    with database.reading() as session:
        return links.who_asks(session, vault, org, authorization, audience=ORIGIN)


@pytest.mark.parametrize("org", [ORG, ORG[:15], f" {ORG} "])
def test_the_key_we_gave_an_org_opens_it(database: Database, vault: Vault, installation_id: str, org: str) -> None:
    assert who(database, vault, org, f"Bearer {KEY}") == installation_id


def test_a_jwt_of_the_orgs_certificate_opens_it(database: Database, vault: Vault, installation_id: str) -> None:
    assert who(database, vault, ORG, f"Bearer {signed()}") == installation_id


@pytest.mark.parametrize(
    ("org", "authorization"),
    [
        (ORG, ""),
        (ORG, "Bearer "),
        (ORG, f"Basic {KEY}"),
        (ORG, "Bearer wrong"),
        (ORG, f"Bearer {KEY} "),
        ("", f"Bearer {KEY}"),
        (long_id("00Dd0000000dtDz"), f"Bearer {KEY}"),
        (ORG, f"Bearer {signed(aud='https://elsewhere.example.com')}"),
        (ORG, f"Bearer {signed(iss='00Dd0000000dtDz')}"),
        (ORG, f"Bearer {signed(exp=datetime.now(UTC) - timedelta(minutes=5))}"),
        (ORG, f"Bearer {signed(exp=None)}"),
        (ORG, f"Bearer {jwt.encode({'iss': ORG, 'aud': ORIGIN, 'exp': 2**40}, public_key()[:40], 'HS256')}"),
        (ORG, f"Bearer {jwt.encode({'iss': ORG, 'aud': ORIGIN, 'exp': 2**40}, None, 'none')}"),
    ],
)
def test_nobody_else_comes_in_and_no_one_learns_why(
    database: Database, vault: Vault, installation_id: str, org: str, authorization: str
) -> None:
    with pytest.raises(Forbidden) as refused:
        who(database, vault, org, authorization)

    assert str(refused.value) == "the request does not come from a connected org"


def ask(database: Database, keyring: Keyring, installation_id: str, *asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    answers = links.answer(
        database,
        installation_id,
        links.parse({"requests": list(asked)}),
        origin=ORIGIN,
        keyring=keyring,
        clock=HeldClock(),
        link_days=90,
    )
    return [each.as_json() for each in answers]


def contact(number: int) -> str:
    return long_id(f"003{number:012d}")


@pytest.fixture
def keyring(database: Database, vault: Vault) -> Keyring:
    return Keyring(database, vault, "HS256")


def test_200_records_get_200_links_in_their_order_and_again_the_same(
    database: Database, keyring: Keyring, installation_id: str
) -> None:
    asked = [{"recordId": contact(number), "campaign": "spring"} for number in range(200)]

    first = ask(database, keyring, installation_id, *asked)
    second = ask(database, keyring, installation_id, *asked)

    assert [each["recordId"] for each in first] == [each["recordId"] for each in asked]
    assert len({each["link"] for each in first}) == 200
    assert all(each["link"].startswith(f"{ORIGIN}/v/") for each in first)
    assert [each["link"] for each in second] == [each["link"] for each in first]
    assert {each["reused"] for each in second} == {True}
    assert first[0]["expiresAt"] == "2027-02-19T12:00:00Z"


def test_each_record_has_its_own_word(database: Database, keyring: Keyring, vault: Vault, installation_id: str) -> None:
    with database.transaction() as session:
        unwilling = ExternalRef(installation_id, "contact", contact(9))
        suppress(session, pseudonym_of(vault, unwilling), OPTED_OUT)

    found = ask(
        database,
        keyring,
        installation_id,
        {"recordId": contact(1), "campaign": "spring", "days": "7"},
        {"recordId": contact(2), "campaign": "nothing"},
        {"recordId": contact(3), "campaign": "draft"},
        {"recordId": long_id("006000000000001"), "campaign": "spring"},
        {"recordId": "Robert'); DROP TABLE--", "campaign": "spring"},
        {"recordId": contact(4), "campaign": "spring", "days": "0"},
        {"recordId": contact(9), "campaign": "spring"},
        {"recordId": contact(5), "campaign": "spring", "campaignMemberId": long_id("00v000000000001")},
        "nonsense",  # type: ignore[arg-type]
    )

    assert [each["ok"] for each in found] == [True, False, False, False, False, False, False, True, False]
    assert found[0]["expiresAt"] == "2026-11-28T12:00:00Z"
    assert "no campaign" in found[1]["error"]
    assert "isn't published" in found[2]["error"]
    assert "Contacts, Leads and Campaign Members" in found[3]["error"]
    assert "days" in found[5]["error"]
    assert "asked not to be addressed" in found[6]["error"]
    assert {type(value) for each in found for value in each.values()} <= {str, bool}


@pytest.mark.parametrize(
    "odd",
    [
        {"days": "000001999999999"},
        {"days": "0" * 5000 + "7"},
        {"campaign": "spring\0"},
        {"campaign": "\ud800"},
    ],
)
def test_what_one_record_asks_takes_no_link_from_the_others(
    database: Database, keyring: Keyring, installation_id: str, odd: dict[str, str]
) -> None:
    good = {"recordId": contact(1), "campaign": "spring"}

    first, refused, last = ask(
        database, keyring, installation_id, good, {**good, **odd}, {**good, "recordId": contact(2)}
    )

    assert (first["ok"], refused["ok"], last["ok"]) == (True, False, True)


def test_an_org_that_was_given_no_key_is_opened_by_none(database: Database, vault: Vault, installation_id: str) -> None:
    with database.transaction() as session:
        credentials.keep(session, vault, installation_id, {"access_token": "a"})

    with pytest.raises(Forbidden):
        who(database, vault, ORG, "Bearer \0")


@pytest.mark.parametrize("body", [None, [], {}, {"requests": []}, {"requests": "x"}, {"requests": [{}] * 201}])
def test_no_body_too_odd(body: Any) -> None:
    with pytest.raises(BadInput, match="1 to 200"):
        links.parse(body)


ODD = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=2))


@given(st.dictionaries(st.sampled_from(["recordId", "campaign", "days", "campaignMemberId"]), ODD))
def test_every_odd_ask_is_an_ask_or_its_own_answer(asked: dict[str, Any]) -> None:
    (found,) = links.parse({"requests": [asked]})

    assert isinstance(found, links.Ask) or found.error
