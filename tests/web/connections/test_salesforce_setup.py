"""Setting an org up on screen: its key shown once, its certificate, what statuses become, our share of its calls."""

from __future__ import annotations

import io
import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from connectors.salesforce.held import CERTIFICATE
from plugin.accounts import credentials
from tests.connectors.salesforce.world import World
from tests.web.connections.test_salesforce import at, config
from tests.web.crm.conftest import ORIGIN, OURS, Browser


def held(org: World) -> dict[str, str]:
    with org.database.reading() as session:
        return dict(credentials.look(session, org.vault, org.installation_id).values)


def test_a_new_key_is_shown_once_and_opens_what_the_old_did(org_browser: Browser, org: World) -> None:
    response = org_browser.post(at(org, "/key"), page=at(org, "/setup"))

    key = held(org)["inbound_key"]
    assert response.status_code == 200
    assert key != org.connected.inbound_key
    assert key in response.text
    assert "no-store" in response.headers["Cache-Control"]
    assert key not in org_browser.get(at(org, "/setup")).text


def post_file(browser: Browser, org: World, content: bytes | None) -> tuple[int, str]:
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', browser.get(at(org, "/setup")).text)
    assert token is not None
    data: dict[str, object] = {"csrf": token[1]}
    if content is not None:
        data["certificate"] = (io.BytesIO(content), "org.crt")
    response = browser.client.post(
        at(org, "/certificate"), base_url=ORIGIN, data=data, headers=OURS, content_type="multipart/form-data"
    )
    return response.status_code, response.text


def test_the_orgs_certificate_is_trusted_by_upload_and_let_go_again(org_browser: Browser, org: World) -> None:
    status, _ = post_file(org_browser, org, org.sandbox.certificate.pem.encode())

    page = org_browser.get(at(org, "/setup")).text
    assert status == 303
    assert "Trusted" in page
    assert re.search(r"(?:[0-9A-F]{2}:){31}[0-9A-F]{2}", page)

    org_browser.post(at(org, "/certificate"), {"distrust": "yes"}, page=at(org, "/setup"))

    assert CERTIFICATE not in held(org)
    assert held(org)["inbound_key"] == org.connected.inbound_key


def elliptic() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "choose the certificate"),
        (b"", "choose the certificate"),
        (b"not a certificate", "no certificate"),
        (b"x" * 70_000, "too large"),
        (elliptic(), "no certificate"),
    ],
)
def test_a_file_that_is_no_certificate_is_said_to_be(
    org_browser: Browser, org: World, content: bytes | None, said: str
) -> None:
    status, page = post_file(org_browser, org, content)

    assert status == 422
    assert said in page.lower()
    assert CERTIFICATE not in held(org)


def test_statuses_and_the_share_are_chosen(org_browser: Browser, org: World) -> None:
    given = {"opened": "Viewed", "watched": "", "clicked": " Responded ", "share": "20 %"}

    response = org_browser.post(at(org, "/setup"), given, page=at(org, "/setup"))
    page = org_browser.get(response.location).text

    assert response.status_code == 303
    assert dict(config(org).statuses) == {"opened": "Viewed", "watched": "", "clicked": "Responded"}
    assert config(org).share == pytest.approx(0.2)
    assert 'value="Viewed"' in page
    assert "of 3,000" in org_browser.get(at(org)).text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"share": "0"}, "between 1% and 95%"),
        ({"share": "150"}, "between 1% and 95%"),
        ({"share": "nan"}, "between 1% and 95%"),
        ({"share": "lots"}, "number of percent"),
        ({"share": ""}, "number of percent"),
        ({"watched": "opened"}, "status of its own"),
        ({"watched": "x" * 101}, "at most 100"),
        ({"watched": "two\nlines"}, "one line"),
    ],
)
def test_what_can_not_be_chosen_says_why_and_stays_typed(
    org_browser: Browser, org: World, changed: dict[str, str], said: str
) -> None:
    given = {"opened": "Opened", "watched": "Watched", "clicked": "Clicked", "share": "50", **changed}

    response = org_browser.post(at(org, "/setup"), given, page=at(org, "/setup"))

    assert response.status_code == 422
    assert said in response.text
    assert config(org).share == 0.5
    assert config(org).statuses["watched"] == "Watched"
