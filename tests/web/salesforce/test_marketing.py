"""Marketing Cloud: off until a key is set; then its journeys get links, its mails lead to each person's own page."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import jwt
import orjson
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.serving import make_server

from connectors.salesforce.marketing import keys
from connectors.salesforce.marketing.mail import snippet
from connectors.salesforce.models import SalesforceMarketingKey
from connectors.salesforce.outcomes.chores import look_at_newcomers
from connectors.salesforce.sandbox.callouts.journey import JourneyActivity
from plugin.accounts import credentials
from plugin.engagement.models import CampaignCount, Visit
from plugin.kernel.clock import utcnow
from plugin.kernel.errors import BadInput
from plugin.links.models import Link
from plugin.privacy.suppress import OPTED_OUT, pseudonym_of, suppress
from plugin.recipients.ports import ExternalRef
from tests.connectors.salesforce.world import World
from tests.make import make_campaign, make_installation
from web.cli import salesforce_marketing


@pytest.fixture
def app(make_app: Callable[..., Flask], org: World) -> Flask:
    with org.database.transaction() as session:
        make_campaign(session, slug="spring", installation_id=org.installation_id, published_version=1)
        make_campaign(session, slug="draft", installation_id=org.installation_id)
        other = make_installation(session, id="other", connector="salesforce", account="00D000000000009AAA")
        make_campaign(session, slug="theirs", installation_id=other.id, published_version=1)
        credentials.keep(session, org.vault, other.id, {"access_token": "theirs"})
    return make_app(org)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def cloud(org: World) -> JourneyActivity:
    """Marketing Cloud, its two keys known here."""
    for purpose, key in (("journey", org.sandbox.journey.salt_key), ("mail", org.sandbox.journey.mail_key)):
        hold(org, purpose, key)
    return org.sandbox.journey


def hold(org: World, purpose: Any, key: str, installation_id: str = "") -> None:
    with org.database.transaction() as session:
        keys.put(session, org.vault, installation_id or org.installation_id, purpose, key)


def passes(client: FlaskClient, cloud: JourneyActivity, key: str = "", **body: Any) -> tuple[int, Any]:
    """As a journey calls, though not over a socket."""
    token = jwt.encode(body, (key or cloud.salt_key).encode(), "HS256")
    return post(client, token)


def post(client: FlaskClient, token: str | bytes, step: str = "execute") -> tuple[int, Any]:
    response = client.post(f"/salesforce/journey/{step}", data=token, content_type="application/jwt")
    return response.status_code, orjson.loads(response.data)


def arguments(**given: str) -> dict[str, Any]:
    return {"inArguments": [{"campaign": "spring", **given}]}


def follow(client: FlaskClient, link: str) -> tuple[int, str]:
    response = client.get(link[link.index("/salesforce/") :])
    return response.status_code, response.headers.get("Location", "")


def mail(cloud: JourneyActivity, key: str = "", alg: str = "HS256", **claims: Any) -> str:
    return f"/salesforce/mail/{jwt.encode(claims, (key or cloud.mail_key) if alg != 'none' else '', alg)}"


def soon(days: float = 30) -> int:
    return int((utcnow() + timedelta(days=days)).timestamp())


def links(org: World) -> int:
    with org.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Link)) or 0


# -- journeys ------------------------------------------------------------------


def test_a_contact_that_passes_gets_their_link_and_passing_again_the_same(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    ana = org.add("Contact", LastName="N")

    status, first = passes(client, cloud, keyValue=ana, **arguments())
    again = passes(client, cloud, keyValue="sub-1", **arguments(recordId=ana))[1]

    assert status == 200
    assert re.fullmatch(r"https?://[^/]+/v/\S+", first["video_link"])
    assert set(first) == {"video_link", "video_link_ends", "video_error"}
    assert first["video_error"] == ""
    assert again == first
    assert links(org) == 1


def test_the_sandboxes_journey_is_answered_over_the_wire(app: Flask, org: World, cloud: JourneyActivity) -> None:
    server = make_server("127.0.0.1", 0, app)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        cloud.url = f"http://127.0.0.1:{server.server_port}/salesforce/journey/execute"
        sent = cloud.execute(org.add("Contact", LastName="N"), {"campaign": "spring"})
        step = cloud.step("validate", {"campaign": "spring"})
    finally:
        server.shutdown()

    assert (sent.status, step.status) == (200, 200)
    assert sent.json["video_link"]
    assert step.json == {"success": True, "error": ""}


def test_what_can_not_be_is_said_in_the_answer(client: FlaskClient, cloud: JourneyActivity) -> None:
    ana = {"keyValue": "003000000000001AAA"}
    said = [
        ({"keyValue": "sub-1", **arguments()}, "no Salesforce id"),
        ({"keyValue": "006000000000001AAA", **arguments()}, "Contacts, Leads and Campaign Members"),
        ({**ana, **arguments(campaign="theirs")}, "no campaign"),
        ({**ana, **arguments(campaign="draft")}, "isn't published"),
        (ana, "name the campaign"),
        ({"keyValue": 7, "inArguments": "x"}, "no Salesforce id"),
        ({"inArguments": [[], None, {"campaign": {"a": 1}}]}, "no Salesforce id"),
    ]

    for body, words in said:
        status, told = passes(client, cloud, **body)

        assert (status, told["video_link"]) == (200, "")
        assert words in told["video_error"]


def test_one_who_opted_out_gets_none_once_the_worker_has_looked_at_all_of_them_at_once(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    ana = org.add("Contact", LastName="N", HasOptedOutOfEmail=True)
    org.sandbox.counts.reset()
    passes(client, cloud, keyValue=ana, **arguments())
    assert org.calls() == 0
    look_at_newcomers(org.org())

    told = passes(client, cloud, keyValue=ana, **arguments())[1]

    assert "asked not to be addressed" in told["video_error"]


ODD_HEADS = (
    b"[]", b"7", b"{}", b'{"alg":["HS256"]}', b'{"alg":7}', b'{"alg":"hs256"}',
    b'{"alg":"HS256","crit":["b64"],"b64":false}', b'{"alg":"RS256"}', b'{"alg":null}', b"{" * 2_000,
)  # fmt: skip


PLAIN_HEAD = b'{"alg":"HS256"}'


def by_hand(head: bytes, claims: bytes, key: str) -> bytes:
    """Signed rightly, whatever it says."""
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (head, claims))
    signature = hmac.digest(key.encode(), text, "sha256")
    return text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")


def unsigned(body: dict[str, Any]) -> bytes:
    return jwt.encode(body, "", "none").encode()


def test_what_nobody_we_know_signed_is_refused_and_one_like_the_other(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    body = {"keyValue": org.add("Contact", LastName="N"), **arguments()}
    good = jwt.encode(body, cloud.salt_key, "HS256")
    head, claims, signature = good.split(".")
    bad = [
        b"",
        b"\xff\xfe",
        b"a.b.c",
        b'{"inArguments": [{"campaign": "spring"}]}',
        unsigned(body),
        f"{head}.{claims}.".encode(),
        f"{head}.{claims}.{signature[:-4]}AAAA".encode(),
        jwt.encode(body, "another-key-of-some-length-0123456789", "HS256").encode(),
        jwt.encode(body, cloud.salt_key, "HS512").encode(),
        jwt.encode(body, cloud.mail_key, "HS256").encode(),
        jwt.encode({**body, "pad": "x" * keys.LONGEST}, cloud.salt_key, "HS256").encode(),
        jwt.encode({**body, "exp": 1}, cloud.salt_key, "HS256").encode(),
        *(by_hand(head, b'{"keyValue": "x"}', cloud.salt_key) for head in ODD_HEADS),
        by_hand(b'{"alg":"HS256"}', b"[" * 3_000 + b"]" * 3_000, cloud.salt_key),
        by_hand(b'{"alg":"HS256"}', b'"text"', cloud.salt_key),
    ]

    steps = ("execute", "save", "publish", "validate", "stop")
    answers = {(status, told["title"]) for status, told in (post(client, each, step) for step in steps for each in bad)}

    assert len(answers) == 1
    assert answers.pop()[0] == 403
    assert links(org) == 0


def test_anothers_key_opens_only_anothers_campaigns(client: FlaskClient, org: World, cloud: JourneyActivity) -> None:
    theirs = keys.new_key()
    hold(org, "journey", theirs, "other")
    body = {"keyValue": "003000000000001AAA"}

    told = passes(client, cloud, theirs, **body, **arguments())[1]

    assert "no campaign 'spring' for this org" in told["video_error"]


def test_a_journey_that_can_not_work_is_not_published(client: FlaskClient, cloud: JourneyActivity) -> None:
    expected = {
        ("save", "none"): 200, ("stop", "none"): 200, ("validate", "spring"): 200, ("publish", "spring"): 200,
        ("validate", "none"): 400, ("publish", "draft"): 400, ("validate", ""): 400,
    }  # fmt: skip

    for (step, campaign), status in expected.items():
        body = {"arguments": {"execute": {"inArguments": [{"campaign": campaign}]}}}
        found, told = post(client, jwt.encode(body, cloud.salt_key, "HS256"), step)

        assert (found, told["success"]) == (status, status == 200)


def test_the_activity_describes_itself_and_has_nothing_to_set(client: FlaskClient, cloud: JourneyActivity) -> None:
    response = client.get("/salesforce/journey/spring/abc-123/config.json")

    assert response.status_code == 200
    told = response.json
    assert told is not None
    execute = told["arguments"]["execute"]
    assert execute["url"].endswith("/salesforce/journey/execute")
    assert execute["useJwt"] is True
    assert execute["inArguments"] == [{"campaign": "spring", "recordId": "{{Contact.Key}}"}]
    assert told["configurationArguments"]["applicationExtensionKey"] == "abc-123"
    assert all(told["configurationArguments"][step]["useJwt"] for step in ("save", "publish", "validate", "stop"))
    page = client.get("/salesforce/journey/spring/abc-123/index.html")
    assert page.status_code == 200
    assert "frame-ancestors https://*.exacttarget.com" in page.headers["Content-Security-Policy"]
    assert "camera=()" in page.headers["Permissions-Policy"]
    assert client.get("/salesforce/journey/%3Cscript%3E/config.json").status_code == 404


# -- mails ---------------------------------------------------------------------


def test_a_link_signed_as_a_mail_is_sent_leads_to_the_persons_own(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    ana = org.add("Contact", LastName="N")
    link = cloud.mail_link(ana, "spring")

    first, again = follow(client, link), follow(client, link)

    assert first[0] == 302
    assert first[1].startswith("/v/")
    assert again == first
    assert links(org) == 1


def test_what_it_leads_to_is_the_persons_page(
    client: FlaskClient, org: World, autumn: str, cloud: JourneyActivity
) -> None:
    _, path = follow(client, cloud.mail_link(org.add("Contact", LastName="N"), autumn))

    page = client.get(path)

    assert page.status_code == 200
    assert "noindex" in page.headers["X-Robots-Tag"]


def test_following_it_asks_the_org_nothing_and_counts_as_nothing(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    ana = org.add("Contact", LastName="N")
    org.sandbox.counts.reset()

    response = client.get(mail(cloud, sub=ana, campaign="spring", exp=soon()))

    assert org.calls() == 0
    with org.database.reading() as session:
        assert session.scalars(select(Visit)).all() == session.scalars(select(CampaignCount)).all() == []
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response.headers["Cache-Control"]


def test_a_link_outlives_what_the_mail_says_by_less_than_a_day(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    client.get(mail(cloud, sub=org.add("Contact", LastName="N"), campaign="spring", exp=soon(2.5)))

    with org.database.reading() as session:
        link = session.scalars(select(Link)).one()
    assert link.expires_at - link.issued_at == timedelta(days=3)


def test_one_who_wants_no_mail_is_led_to_the_public_video(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    ana = org.add("Contact", LastName="N")
    with org.database.transaction() as session:
        suppress(session, pseudonym_of(org.vault, ExternalRef(org.installation_id, "contact", ana)), OPTED_OUT)

    assert follow(client, cloud.mail_link(ana, "spring")) == (302, "/c/spring")


def test_one_that_is_over_says_so_and_offers_the_public_video(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    response = client.get(mail(cloud, sub=org.add("Contact", LastName="N"), campaign="spring", exp=soon(-1)))

    assert response.status_code == 410
    assert "/c/spring" in response.text
    assert links(org) == 0


def hostile(cloud: JourneyActivity, org: World) -> Iterator[str]:
    ana = org.add("Contact", LastName="N")
    good = {"sub": ana, "campaign": "spring", "exp": soon()}
    signed = mail(cloud, **good)
    yield signed[:-6]
    yield f"{signed.rpartition('.')[0]}."
    yield mail(cloud, alg="none", **good)
    yield mail(cloud, alg="HS512", **good)
    yield mail(cloud, cloud.salt_key, **good)
    yield mail(cloud, "another-key-of-some-length-0123456789", **good)
    yield mail(cloud, **{**good, "campaign": "theirs"})
    yield mail(cloud, **{**good, "campaign": "draft"})
    yield mail(cloud, **{**good, "campaign": ["spring"]})
    yield mail(cloud, **{**good, "sub": "sub-1"})
    yield mail(cloud, **{**good, "sub": "006000000000001AAA"})
    yield mail(cloud, **{**good, "sub": f"{ana}' OR '1'='1"})
    yield mail(cloud, **{**good, "exp": 10**30})
    yield mail(cloud, **{**good, "exp": 10**400})
    yield mail(cloud, **{**good, "campaign": "spring\0"})
    yield mail(cloud, **{**good, "campaign": "\ud800"})
    yield mail(cloud, sub=ana, campaign="spring")
    # A subscriber's key with a quote in it, as the mail's words put it between theirs.
    twice = f'{{"sub":"x","sub":"{ana}","campaign":"spring","exp":{soon()}}}'.encode()
    yield f"/salesforce/mail/{by_hand(PLAIN_HEAD, twice, cloud.mail_key).decode()}"
    yield mail(cloud, **{**good, "pad": "x" * keys.LONGEST})
    yield "/salesforce/mail/a.b.c"
    yield "/salesforce/mail/%ff"


def test_whatever_else_it_is_it_is_no_link_and_makes_none(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    answers = {link[:60]: client.get(link).status_code for link in hostile(cloud, org)}

    assert set(answers.values()) == {404}
    assert links(org) == 0


def test_who_makes_links_up_keeps_nobody_from_writing(client: FlaskClient, org: World, cloud: JourneyActivity) -> None:
    with org.database.transaction() as writing:
        # SQLite has one writer at a time: another would wait five seconds, then be told that it is busy.
        make_installation(writing, id="third", connector="salesforce", account="00D000000000008AAA")
        answers = {client.get(link).status_code for link in hostile(cloud, org)}

    assert answers == {404}


def test_a_journey_of_an_org_that_was_disconnected_gets_no_links(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    with org.database.transaction() as session:
        credentials.forget(session, org.installation_id)

    status, _ = passes(client, cloud, keyValue=org.add("Contact", LastName="N"), **arguments())

    assert status == 403
    assert links(org) == 0


def test_a_key_read_as_base64_is_the_same_key(client: FlaskClient, org: World) -> None:
    raw = bytes(range(40))
    hold(org, "mail", base64.b64encode(raw).decode())
    token = jwt.encode({"sub": org.add("Contact", LastName="N"), "campaign": "spring", "exp": soon()}, raw, "HS256")

    assert client.get(f"/salesforce/mail/{token}").status_code == 302


# -- keys ----------------------------------------------------------------------


def test_nothing_is_there_until_a_key_is_set(client: FlaskClient, org: World) -> None:
    cloud = org.sandbox.journey
    good = jwt.encode({"keyValue": org.add("Contact", LastName="N"), **arguments()}, cloud.salt_key, "HS256")

    assert post(client, good)[0] == 403
    assert client.get("/salesforce/journey/spring/config.json").status_code == 404
    assert follow(client, cloud.mail_link("003000000000001AAA", "spring"))[0] == 404


def test_a_new_key_holds_beside_the_old_until_that_is_dropped(
    client: FlaskClient, org: World, cloud: JourneyActivity
) -> None:
    ana, new, newest = org.add("Contact", LastName="N"), keys.new_key(), keys.new_key()
    hold(org, "mail", new)
    claims = {"sub": ana, "campaign": "spring", "exp": soon()}

    def leads(*held: str) -> list[bool]:
        return [client.get(mail(cloud, key, **claims)).status_code == 302 for key in held]

    assert leads(cloud.mail_key, new) == [True, True]
    hold(org, "mail", newest)
    assert leads(cloud.mail_key, new, newest) == [False, True, True]
    with org.database.transaction() as session:
        assert keys.drop_old(session, org.installation_id, "mail") == 1
    assert leads(new, newest) == [False, True]
    with org.database.transaction() as session:
        assert keys.switch_off(session, org.installation_id, "mail") == 1
    assert leads(newest) == [False]
    assert passes(client, cloud, keyValue=ana, **arguments())[0] == 200


def test_keys_are_sealed_and_one_is_nobody_elses(org: World, cloud: JourneyActivity) -> None:
    with org.database.transaction() as session:
        make_installation(session, id="other", connector="salesforce", account="00D000000000009AAA")
    with pytest.raises(BadInput, match="in use already"):
        hold(org, "mail", cloud.mail_key, "other")
    with pytest.raises(BadInput, match="in use already"):
        hold(org, "journey", cloud.mail_key)
    hold(org, "mail", cloud.mail_key)
    for wrong in ("", "short", "x" * 2000, "k" * 40 + "\0"):
        with pytest.raises(BadInput, match="characters"):
            hold(org, "mail", wrong)

    with org.database.reading() as session:
        rows = session.scalars(select(SalesforceMarketingKey)).all()
    assert sorted(row.purpose for row in rows) == ["journey", "mail"]
    assert not any(key.encode() in row.sealed for row in rows for key in (cloud.mail_key, cloud.salt_key))


def test_an_admin_sets_turns_and_ends_them_and_gets_the_mails_words(
    app: Flask, org: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(salesforce_marketing, "make_services", lambda _: app.extensions["segue"])

    def run(*given: str, said: str = "") -> str:
        done = CliRunner().invoke(salesforce_marketing.command, given, input=said, catch_exceptions=False)
        assert done.exit_code == 0
        return done.output

    of = ("--org", org.sandbox.org.id)
    assert run("status", *of).startswith("off")
    made = run("key", "journey", *of).strip()
    assert re.fullmatch(r"[0-9a-f]{64}", made)
    assert run("key", "mail", "--stdin", *of, said="k" * 40 + "\n") == "taken\n"
    run("key", "mail", *of)
    assert [line.split()[0] for line in run("status", *of).splitlines()] == ["mail", "mail", "journey"]
    assert made not in run("status", *of)
    assert run("key", "mail", "--drop-old", *of) == "dropped 1\n"
    assert run("key", "journey", "--off", *of) == "dropped 1\n"
    said = run("snippet", "spring", "--days", "30")
    assert "43200" in said
    assert 'GetJWTByKeyName("segue", "HS256", @payload)' in said
    # What is quoted in there no longer resolves.
    assert not re.search(r"CloudPagesURL\([^)]*%%", said)


def test_what_the_snippet_signs_is_what_the_door_reads(client: FlaskClient, org: World, cloud: JourneyActivity) -> None:
    """Its payload, with the values Marketing Cloud puts in."""
    said = snippet("https://video.example.com", "spring", key_name="segue", days=60)
    (line,) = [each for each in said.splitlines() if "@payload =" in each]
    ana = org.add("Contact", LastName="N")
    pieces = re.findall(r"'([^']*)'|(@\w+)", line.partition("Concat(")[2])
    values = {"@person": ana, "@ends": str(soon())}
    payload = orjson.loads("".join(text or values[name] for text, name in pieces))

    assert follow(client, mail(cloud, **payload))[0] == 302
