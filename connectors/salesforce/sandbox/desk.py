"""What an admin, a rep or time itself can do to the org: one list, for the pages and for `/__sandbox/<deed>`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from connectors.salesforce.sandbox.callouts.certificate import new_key_pair
from connectors.salesforce.sandbox.given import Given, wrong
from connectors.salesforce.sandbox.org import EDITIONS, ValidationRule
from connectors.salesforce.sandbox.schema.kind import ObjectKind
from connectors.salesforce.sandbox.soql import parse_condition
from connectors.salesforce.sandbox.store.bin import purge, restore
from connectors.salesforce.sandbox.store.convert import convert
from connectors.salesforce.sandbox.store.ids import long_id
from connectors.salesforce.sandbox.store.merge import merge
from connectors.salesforce.sandbox.store.write import Writer

if TYPE_CHECKING:
    from connectors.salesforce.sandbox.server import Sandbox

Deed = Callable[["Sandbox", Given], Any]


def do(sandbox: Sandbox, name: str, given: Given) -> Any:
    """Do it and answer what came of it, as JSON; raises a `Problem`, and `KeyError` for what there isn't."""
    if name in _CALLING:
        return _CALLING[name](sandbox, given)
    with sandbox.org.lock:
        found = _DEEDS[name](sandbox, given)
        sandbox.org.journal.close()
        return found


def user_of(sandbox: Sandbox, text: str) -> str:
    """A user's id, by id, user name, `admin` or `integration`; raises a `Problem`."""
    org = sandbox.org
    known = {"admin": org.admin_id, "integration": org.integration_id}
    for row in org.live("User"):
        if known.get(text, text) in (row["Id"], row["Username"]):
            return str(row["Id"])
    raise wrong(f"there is no user {text[:80]}")


def record_of(sandbox: Sandbox, text: str) -> tuple[ObjectKind, str]:
    """A record by its id, whatever it is; raises a `Problem`."""
    whole = long_id(text) or ""
    kind = sandbox.org.kind_of(whole)
    if kind is None or whole not in sandbox.org.table(kind).rows:
        raise wrong(f"there is no record {text[:80]}")
    return kind, whole


# -- records -------------------------------------------------------------------


def _convert(sandbox: Sandbox, given: Given) -> Any:
    contact_id = given.text("contactId", "")
    return asdict(convert(sandbox.org, given.text("id"), contact_id=contact_id, with_deal=given.flag("deal", True)))


def _merge(sandbox: Sandbox, given: Given) -> Any:
    merge(sandbox.org, given.text("id"), given.many("others"))
    return {"id": given.text("id")}


def _delete(sandbox: Sandbox, given: Given) -> Any:
    kind, record_id = record_of(sandbox, given.text("id"))
    Writer(sandbox.org, sandbox.org.admin_id).delete(kind, record_id)
    return {"id": record_id}


def _restore(sandbox: Sandbox, given: Given) -> Any:
    kind, record_id = record_of(sandbox, given.text("id"))
    restore(sandbox.org, kind, record_id)
    return {"id": record_id}


def _purge(sandbox: Sandbox, given: Given) -> Any:
    kind, record_id = record_of(sandbox, given.text("id"))
    purge(sandbox.org, kind, record_id)
    return {"id": record_id}


def _lock(sandbox: Sandbox, given: Given) -> Any:
    code = given.text("code", "UNABLE_TO_LOCK_ROW")
    if code not in ("UNABLE_TO_LOCK_ROW", "ENTITY_IS_LOCKED"):
        raise wrong("code is UNABLE_TO_LOCK_ROW or ENTITY_IS_LOCKED")
    ids = [record_of(sandbox, each)[1] for each in given.many("ids")]
    sandbox.org.hold(ids, given.number("seconds"), code)
    return {"locked": ids}


# -- the org -------------------------------------------------------------------


def _deploy(sandbox: Sandbox, given: Given) -> Any:
    sandbox.org.deploy(given.flag("deployed", True))
    return {"deployed": sandbox.org.schema.deployed}


def _org(sandbox: Sandbox, given: Given) -> Any:
    org, switches = sandbox.org, sandbox.org.switches
    if "edition" in given:
        if (edition := given.text("edition")) not in EDITIONS:
            raise wrong(f"edition is one of {', '.join(EDITIONS)}")
        org.set_edition(edition)
    if "calls" in given:
        org.limits.most = int(given.number("calls"))
    if "used" in given:
        org.limits.forget()
        org.limits.spend(sandbox.clock(), int(given.number("used")))
    if "sessionS" in given:
        sandbox.logins.session_s = given.number("sessionS")
    if "bulkDelayS" in given:
        sandbox.jobs.delay_s = given.number("bulkDelayS")
    switches.api_add_on = given.flag("apiAddOn", switches.api_add_on)
    switches.flows = given.flag("flows", switches.flows)
    if "private" in given:
        switches.private = set(given.many("private"))
    org.turn(
        multi_currency=given.flag("multiCurrency", org.schema.multi_currency),
        campaign_influence=given.flag("campaignInfluence", org.schema.campaign_influence),
    )
    return {"edition": switches.edition, "api": org.has_api}


def _user(sandbox: Sandbox, given: Given) -> Any:
    user_id = user_of(sandbox, given.text("user", "integration"))
    access = sandbox.org.schema.of(user_id)
    if "active" in given:
        sandbox.org.set_active(user_id, given.flag("active"))
    access.package = given.flag("package", access.package)
    access.sees_all = given.flag("seesAll", access.sees_all)
    if "hidden" in given:
        access.hidden = set(given.many("hidden"))
    if "readOnly" in given:
        access.read_only = set(given.many("readOnly"))
    if "objects" in given:
        access.objects = given.mapping("objects")
    sandbox.org.schema.changed()
    return {"id": user_id}


def _fields(sandbox: Sandbox, given: Given) -> Any:
    sandbox.org.schema.dropped = set(given.many("dropped"))
    sandbox.org.schema.changed()
    return {"dropped": sorted(sandbox.org.schema.dropped)}


def _rules(sandbox: Sandbox, given: Given) -> Any:
    rules = sandbox.org.switches.rules
    if "condition" in given:
        kind = sandbox.org.schema.kind(given.text("object"))
        if kind is None:
            raise wrong("object is the name of one")
        parse_condition(given.text("condition"))
        rules.append(ValidationRule(kind.name, given.text("condition"), given.text("message"), given.text("field", "")))
    else:
        rules.clear()
    return {"rules": [asdict(rule) for rule in rules]}


# -- signing in ----------------------------------------------------------------


def _sign_in(sandbox: Sandbox, given: Given) -> Any:
    token = sandbox.sign_in(user_of(sandbox, given.text("user", "integration")))
    return {"accessToken": token, "instanceUrl": sandbox.origin}


def _sign_out(sandbox: Sandbox, _: Given) -> Any:
    ended = len(sandbox.logins.sessions)
    sandbox.logins.end_sessions()
    return {"ended": ended}


def _app(sandbox: Sandbox, given: Given) -> Any:
    app = sandbox.logins.apps[0]
    if "callbacks" in given:
        app.callbacks = given.many("callbacks")
    app.certificate = given.text("certificate", app.certificate)
    app.consumer_key = given.text("consumerKey", app.consumer_key)
    app.consumer_secret = given.text("consumerSecret", app.consumer_secret)
    app.rotates = given.flag("rotates", app.rotates)
    app.needs_pkce = given.flag("needsPkce", app.needs_pkce)
    if "allowed" in given:
        app.allowed = {user_of(sandbox, each) for each in given.many("allowed")}
    return {"consumerKey": app.consumer_key, "consumerSecret": app.consumer_secret, "callbacks": app.callbacks}


def _key_pair(sandbox: Sandbox, _: Given) -> Any:
    private, public = new_key_pair()
    sandbox.logins.apps[0].certificate = public
    return {"privateKey": private}


# -- what the org sends --------------------------------------------------------


def _named(sandbox: Sandbox, given: Given) -> Any:
    named = sandbox.links.named
    named.url = given.text("url", named.url)
    named.api_key = given.text("apiKey", named.api_key)
    authentication = given.text("authentication", named.authentication)
    named.authentication = "jwt" if authentication == "jwt" else "key"
    sandbox.journey.url = given.text("journeyUrl", sandbox.journey.url)
    sandbox.journey.salt_key = given.text("saltKey", sandbox.journey.salt_key)
    sandbox.journey.mail_key = given.text("mailKey", sandbox.journey.mail_key)
    return {"url": named.url, "authentication": named.authentication, "certificate": sandbox.certificate.pem}


def _links(sandbox: Sandbox, given: Given) -> Any:
    results = sandbox.links.run(given.many("ids"), given.text("campaign"), given.text("days", ""))
    return {"results": [asdict(result) for result in results]}


def _journey(sandbox: Sandbox, given: Given) -> Any:
    sent = sandbox.journey.execute(given.text("contactKey"), given.mapping("arguments"))
    return {"status": sent.status, "words": sent.words, "answer": sent.json}


def _mail_link(sandbox: Sandbox, given: Given) -> Any:
    minutes = int(given.number("minutes")) if "minutes" in given else 86_400
    return {"link": sandbox.journey.mail_link(given.text("contactKey"), given.text("campaign"), minutes=minutes)}


_DEEDS: Mapping[str, Deed] = {
    "app": _app,
    "convert": _convert,
    "delete": _delete,
    "deploy": _deploy,
    "fields": _fields,
    "key-pair": _key_pair,
    "lock": _lock,
    "mail-link": _mail_link,
    "merge": _merge,
    "named-credential": _named,
    "org": _org,
    "purge": _purge,
    "restore": _restore,
    "rules": _rules,
    "sign-in": _sign_in,
    "sign-out": _sign_out,
    "user": _user,
}
_CALLING: Mapping[str, Deed] = {"links": _links, "journey": _journey}
"""These call Segue, which may call back: they don't hold the org while they do."""
NAMES = (*_DEEDS, *_CALLING)
