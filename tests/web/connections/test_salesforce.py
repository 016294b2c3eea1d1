"""An org on screen: connected in three ways, looked at, its queue, and left; each screen says how it stands."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask

from connectors.salesforce.accounts.config import OrgConfig
from plugin.accounts.credentials import is_connected
from plugin.kernel.database import Database
from plugin.outbox.enqueue import Draft, enqueue
from plugin.outbox.models import Delivery, DeliveryStatus
from tests.connectors.salesforce.world import World
from tests.make import make_installation
from tests.web.crm.conftest import ORIGIN, Browser

NEW = "/connections/salesforce/new"
CONNECT = "/connections/salesforce"


def at(org: World, path: str = "") -> str:
    return f"/connections/{org.installation_id}{path}"


def config(org: World) -> OrgConfig:
    return org.org().config


def looked(browser: Browser, org: World) -> str:
    """The overview, just looked at."""
    response = browser.post(at(org, "/probe"), page=at(org))
    assert response.status_code == 303, response.text
    return browser.get(response.location).text


# -- connecting ----------------------------------------------------------------


def test_a_server_without_an_account_offers_both_crms(make_app: Callable[..., Flask], database: Database) -> None:
    page = Browser(make_app().test_client()).get("/connections").text

    assert "No CRM account yet" in page
    assert 'href="/connections/hubspot/new"' in page
    assert 'href="/connections/salesforce/new"' in page


def test_orgs_and_portals_are_listed_alike(org_browser: Browser, org: World) -> None:
    with org.database.transaction() as session:
        make_installation(session, connector="hubspot", account="999", label="HubSpot 999")

    page = org_browser.get("/connections").text

    assert "Salesforce Northwind Travel" in page
    assert "By the app’s own secret" in page
    assert "HubSpot 999" in page
    assert f'href="{at(org)}"' in page


def test_each_way_says_what_it_takes_before_anything_is_asked(org_browser: Browser) -> None:
    page = org_browser.get(NEW).text

    for words in ("Sign in", "Private key", "Client credentials", "login.salesforce.com", "Segue Integration"):
        assert words in page
    assert f"{ORIGIN}/salesforce/oauth/callback" in page


def pem_pair(world: World) -> str:
    """A key whose public half the org's app holds."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    world.sandbox.logins.apps[0].certificate = public.decode()
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_a_pasted_key_connects_and_is_never_shown_again(org_browser: Browser, org: World) -> None:
    given = {
        "way": "key",
        "place": "production",
        "client_id": org.sandbox.logins.apps[0].consumer_key,
        "username": "segue.integration@northwind.example",
        "private_key": pem_pair(org),
    }

    response = org_browser.post(CONNECT, given, page=NEW)
    page = org_browser.get(response.location).text

    assert response.status_code == 303
    assert config(org).auth == "jwt"
    assert "Connected again" in page
    assert "PRIVATE KEY" not in page


def test_the_apps_secret_connects_on_the_orgs_own_host(org_browser: Browser, org: World) -> None:
    app = org.sandbox.logins.apps[0]
    given = {"way": "secret", "client_id": app.consumer_key, "client_secret": app.consumer_secret}

    good = org_browser.post(CONNECT, {**given, "domain": org.sandbox.org.my_domain}, page=NEW)
    bad = org_browser.post(CONNECT, {**given, "domain": "login.salesforce.com"}, page=NEW)

    assert good.status_code == 303
    assert bad.status_code == 422
    assert "Nothing was connected." in bad.text
    assert app.consumer_secret not in bad.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "choose a way"),
        ({"way": "key", "place": "production", "client_id": "", "username": "u", "private_key": "x"}, "consumer key"),
        ({"way": "key", "place": "production", "client_id": "k", "username": "", "private_key": "x"}, "user name"),
        ({"way": "key", "place": "production", "client_id": "k", "username": "u", "private_key": "x"}, "pem"),
        ({"way": "key", "place": "domain", "domain": "evil.com", "client_id": "k"}, "my domain"),
        ({"way": "secret", "domain": "", "client_id": "k", "client_secret": "s"}, "my domain"),
    ],
)
def test_what_can_not_connect_says_why_and_what_was_typed_stays(
    org_browser: Browser, org: World, given: dict[str, str], said: str
) -> None:
    response = org_browser.post(CONNECT, given, page=NEW)

    assert response.status_code == 422
    assert said in response.text.lower()
    if given.get("username"):
        assert 'name="username" value="u"' in response.text
    assert config(org).auth == "client_credentials"


# -- overview ------------------------------------------------------------------


def test_the_overview_says_what_the_org_is_and_how_its_calls_stand(org_browser: Browser, org: World) -> None:
    page = looked(org_browser, org)

    for words in (
        "Developer Edition",
        org.sandbox.org.id,
        "segue.integration@northwind.example",
        "of 7,500",
        "of 15,000",
        "Campaign Influence is off",
        "All of it is there for Segue’s user.",
    ):
        assert words in page
    ours = re.search(r"Segue, today</strong> (\d+) of", page)
    assert ours is not None
    assert int(ours[1]) > 0


def test_switches_of_the_org_are_seen_on_the_next_look(org_browser: Browser, org: World) -> None:
    org.sandbox.org.turn(multi_currency=True, campaign_influence=True)

    page = looked(org_browser, org)

    assert "Campaign Influence is on" in page
    assert "several: amounts are read with theirs" in page


def test_each_gap_stands_with_what_mends_it(org_browser: Browser, org: World, autumn: str) -> None:
    access = org.sandbox.org.schema.of(org.sandbox.org.integration_id)
    access.hidden = {"Contact.HasOptedOutOfEmail", "Contact.Tier__c"}
    access.read_only = {"CampaignMember.Video_Link__c"}
    org.sandbox.org.schema.changed()

    page = looked(org_browser, org)

    assert "HasOptedOutOfEmail" in page
    assert "field-level security" in page
    assert "Named by the campaign ‘autumn’." in page
    assert re.search(r"Can’t be seen: <code>[^<]*Tier__c", page)
    assert page.index("CampaignMember.Video_Link__c") < page.index("Writes")
    assert config(org).member_link is False
    assert {"Contact.Tier__c", "CampaignMember.Video_Link__c"} <= set(config(org).missing)


def test_without_the_package_it_says_what_to_deploy(org_browser: Browser, org: World) -> None:
    org.sandbox.org.deploy(False)

    page = looked(org_browser, org)

    assert "The object isn’t there for Segue’s user." in page
    assert "Deploy the package; assign the permission set Segue Integration." in page


def test_an_org_that_lets_us_in_no_more_is_said_to_be_broken(org_browser: Browser, org: World) -> None:
    org.sandbox.org.set_edition("Team Edition")

    page = looked(org_browser, org)

    assert "verdict-bad" in page
    assert "edition" in page


def test_looking_while_salesforce_is_busy_changes_nothing(org_browser: Browser, org: World) -> None:
    before = config(org)
    org.sandbox.org.turn(multi_currency=True)
    org.sandbox.faults.add("limit_concurrent", path="*describe*")

    response = org_browser.post(at(org, "/probe"), page=at(org))

    assert response.status_code == 422
    assert "too many long calls at once" in response.text
    assert config(org) == before


# -- queue and leaving ---------------------------------------------------------


def test_dead_letters_of_the_org_are_retried(org_browser: Browser, org: World) -> None:
    with org.database.transaction() as session:
        occurred = {"occurred_at": "2026-11-21T12:00:00+00:00"}
        enqueue(session, [Draft(org.installation_id, "k", "link.opened", "contact:003000000000001AAA", occurred)])
        for letter in session.query(Delivery):
            letter.status, letter.reason, letter.settled_at = DeliveryStatus.DEAD, "a rule of yours", letter.created_at

    page = org_browser.get(at(org, "/queue")).text
    done = org_browser.post(at(org, "/queue"), {"all": "yes"}, page=at(org, "/queue"))

    assert "a rule of yours" in page
    assert "What Salesforce refuses" in org_browser.get(done.location).text
    assert "1 on their way again" in org_browser.get(done.location).text


def test_disconnecting_forgets_what_opens_the_org_and_says_what_is_left(org_browser: Browser, org: World) -> None:
    page = org_browser.post(at(org, "/disconnect"), page=at(org, "/leave")).text

    assert "Disconnected." in page
    with org.database.reading() as session:
        assert not is_connected(session, org.installation_id)
    assert "Not connected" in org_browser.get(at(org)).text
    for path in ("/setup", "/check", "/queue", "/leave"):
        assert org_browser.get(at(org, path)).status_code == 200
    assert org_browser.post(at(org, "/key"), page=NEW).status_code == 422


def test_what_only_another_crm_has_is_not_found(org_browser: Browser, org: World) -> None:
    assert org_browser.post(at(org, "/mode"), {"mode": "best"}, page=at(org)).status_code == 404
    assert org_browser.post(at(org, "/uninstall"), page=at(org)).status_code == 404
