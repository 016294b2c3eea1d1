"""To Salesforce's consent page and back, as a browser goes: what the tests of it do at each end."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from werkzeug.test import TestResponse

from connectors.salesforce.accounts.config import config_of
from connectors.salesforce.accounts.find import org_of
from tests.connectors.salesforce.world import World
from tests.web.crm.conftest import ORIGIN, Browser

BACK = "/salesforce/oauth/callback"
INSTALL = "/salesforce/install"
NEW = "/connections/salesforce/new"


def there(response: TestResponse) -> str:
    """Where the browser is sent: by a redirect, or by the page."""
    if response.status_code == 303:
        return str(response.location)
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', response.text)
    assert found is not None, response.text
    return html.unescape(found[1])


def consent(world: World, url: str, choice: str = "allow", user_id: str = "") -> dict[str, str]:
    """As the consent page does: what comes back with the browser."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    form = {**asked, "user_id": user_id or world.sandbox.org.integration_id, "choice": choice}
    answer = httpx.post(
        f"{world.sandbox.origin}/services/oauth2/authorize",
        content=urlencode(form),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": world.sandbox.origin},
    )
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(f"{ORIGIN}{BACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def back(browser: Browser, **query: str) -> TestResponse:
    return browser.client.get(BACK, base_url=ORIGIN, query_string=query)


def auth(world: World) -> str:
    with world.database.reading() as session:
        return config_of(org_of(session, world.installation_id).config).auth


def given(world: World, **changed: str) -> dict[str, str]:
    app = world.sandbox.logins.apps[0]
    typed = {"place": "production", "client_id": app.consumer_key, "client_secret": app.consumer_secret}
    return {**typed, **changed}
