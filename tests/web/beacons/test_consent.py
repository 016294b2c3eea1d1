"""`POST /consent`: the question, the answer, the receipt; the answer holds from that moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask, render_template

from plugin.campaigns.storyboard import Brand
from plugin.engagement import nonce
from plugin.engagement.begin import Begun
from plugin.engagement.models import Event, Visit
from plugin.privacy.models import ConsentReceipt, ConsentState
from tests.conftest import NOW
from tests.plugin.engagement.visits import DOCUMENT, HUMAN, beacon, count_rows, make_visit, span
from web.beacons.present import RECEIPTS_COOKIE, consent_view, notice_of
from web.texts import texts

OURS = {"Sec-Fetch-Site": "same-origin"}
HTMX = {**OURS, "HX-Request": "true"}
BRAND = Brand.model_validate(DOCUMENT["brand"])


@pytest.fixture
def visit_id(database, vault, clock) -> str:
    clock.now = NOW + timedelta(seconds=60)
    with database.transaction() as session:
        return make_visit(session, vault, tracked=False).id


def say(client, vault, visit_id: str, choice: str, headers=HTMX):
    form = {"nonce": nonce.issue(vault, visit_id, now=NOW), "choice": choice}
    return client.post("/consent", data=form, headers=headers, base_url="https://video.example")


def beacons_kept(client, database, vault, visit_id) -> int:
    assert client.post("/b", data=beacon(vault, visit_id, [span(0, 5)])).status_code == 204
    with database.reading() as session:
        return count_rows(session, Event)


def test_a_yes_starts_measuring_and_shows_how_to_stop(client, database, vault, visit_id):
    assert beacons_kept(client, database, vault, visit_id) == 0

    answer = say(client, vault, visit_id, "yes")

    assert answer.status_code == 200
    assert 'data-consent="on"' in answer.text
    assert "You said yes: Lumen &amp; Sons sees which parts you watch." in answer.text
    assert 'value="no"' in answer.text
    assert answer.headers["HX-Trigger"] == '{"segue:consent":{"tracking":"on"}}'
    assert beacons_kept(client, database, vault, visit_id) == 1


def test_one_tap_stops_it_at_once_and_late_beacons_are_answered_but_dropped(client, database, vault, visit_id):
    say(client, vault, visit_id, "yes")
    beacons_kept(client, database, vault, visit_id)

    answer = say(client, vault, visit_id, "no")

    assert 'data-consent="off"' in answer.text
    assert answer.headers["HX-Trigger"] == '{"segue:consent":{"tracking":"off"}}'
    assert beacons_kept(client, database, vault, visit_id) == 1
    with database.reading() as session:
        assert not session.get_one(Visit, visit_id).tracked


def test_without_script_the_answer_leads_back_to_the_page(client, vault, visit_id):
    answer = say(client, vault, visit_id, "no", headers=OURS)

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/w/story-")


def test_the_receipt_can_be_taken_away_by_the_browser_that_has_it_and_no_other(client, app, vault, visit_id):
    say(client, vault, visit_id, "yes")
    say(client, vault, visit_id, "no")

    answer = client.get("/consent/receipt", base_url="https://video.example")

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]
    assert [row["event"]["state"] for row in answer.get_json()] == ["given", "withdrawn"]
    notice = answer.get_json()[0]["notice"]
    assert notice["sha256"] == notice_of(BRAND, "en", "consent", 90).sha256
    assert notice["controller"] == "Lumen & Sons"
    assert app.test_client().get("/consent/receipt", base_url="https://video.example").status_code == 404


def test_what_was_said_in_another_browser_is_handed_to_nobody_else(client, app, vault, visit_id):
    other = app.test_client()
    say(client, vault, visit_id, "no")
    say(other, vault, visit_id, "yes")

    files = [
        browser.get("/consent/receipt", base_url="https://video.example").get_json() for browser in (client, other)
    ]

    assert [[row["event"]["state"] for row in file] for file in files] == [["refused"], ["given"]]


def test_the_cookie_is_for_us_alone_and_says_nothing(client, vault, visit_id):
    cookie = say(client, vault, visit_id, "yes").headers["Set-Cookie"]

    assert cookie.startswith(f"{RECEIPTS_COOKIE}=")
    for word in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
        assert word in cookie
    assert visit_id not in cookie


@pytest.mark.parametrize(
    ("form", "headers", "status"),
    [
        ({"choice": "maybe"}, HTMX, 400),
        ({}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({}, {}, 403),
        ({"nonce": "x"}, HTMX, 403),
    ],
)
def test_what_is_no_answer_of_this_page_is_refused(client, database, vault, visit_id, form, headers, status):
    token = nonce.issue(vault, visit_id, now=NOW)
    answer = client.post("/consent", data={"nonce": token, "choice": "yes"} | form, headers=headers)

    assert answer.status_code == status
    with database.reading() as session:
        assert count_rows(session, ConsentReceipt) == 0


def test_under_a_signal_a_yes_is_not_taken(client, database, vault, visit_id):
    assert say(client, vault, visit_id, "yes", headers={**HTMX, "Sec-GPC": "1"}).status_code == 400
    with database.reading() as session:
        assert not session.get_one(Visit, visit_id).tracked


def test_in_a_preview_nobody_chooses_for_the_person(client, database, vault, visit_id):
    with database.transaction() as session:
        session.get_one(Visit, visit_id).evidence = {**HUMAN, "member": True}

    assert [say(client, vault, visit_id, choice).status_code for choice in ("yes", "no")] == [400, 400]
    with database.reading() as session:
        assert count_rows(session, ConsentReceipt) == 0


# -- what is shown ---------------------------------------------------------------


def shown(app: Flask, language: str = "en", **begun: object) -> str:
    given = {"visit_id": "v", "regime": "consent", "state": None, "gpc": False, "tracked": False, **begun}
    view = consent_view(Begun(**given), BRAND, language, "the.nonce.here", event_days=45, receipt=False)
    with app.test_request_context():
        return render_template("ui/consent_fragment.html", view=view)


@pytest.mark.parametrize(
    ("begun", "state"),
    [
        ({}, "ask"),
        ({"state": ConsentState.SIGNALLED_OFF}, "ask"),
        ({"state": ConsentState.GIVEN, "tracked": True}, "on"),
        ({"state": ConsentState.REFUSED}, "off"),
        ({"state": ConsentState.WITHDRAWN}, "off"),
        ({"gpc": True}, "signalled"),
        ({"regime": "opt_out", "tracked": True}, "on"),
        ({"regime": "opt_out", "state": ConsentState.WITHDRAWN}, "off"),
        ({"regime": "opt_out", "gpc": True}, "signalled"),
        ({"regime": "none"}, "never"),
        ({"regime": "none", "gpc": True}, "never"),
        ({"preview": True}, "preview"),
        ({"preview": True, "gpc": True}, "preview"),
    ],
)
def test_the_page_says_what_holds(app, begun, state):
    assert f'data-consent="{state}"' in shown(app, **begun)


def test_yes_and_no_weigh_the_same(app):
    html = shown(app)

    assert html.count('<button class="button" type="submit" name="choice"') == 2
    assert "The video is the same either way." in html


@pytest.mark.parametrize(("language", "said"), [("en", "for 45 days"), ("es", "45 días")])
def test_how_long_events_are_kept_is_said_as_it_is_set(app, language, said):
    assert said in shown(app, language)
    assert said in notice_of(BRAND, language, "consent", 45).retention


def test_a_preview_asks_nothing(app):
    html = shown(app, preview=True)

    assert "You are signed in to the CRM: this visit is a preview and isn’t counted." in html
    assert "<button" not in html


def test_everything_is_said_in_the_pages_language(app):
    assert "¿Permites que Lumen &amp; Sons vea qué partes de este vídeo miras?" in shown(app, "es")
    assert texts("es", "privacy").keys() == texts("en", "privacy").keys()


def test_the_notice_hash_follows_the_words(app):
    hashes = {
        notice_of(BRAND, "en", "consent", 90).sha256,
        notice_of(BRAND, "es", "consent", 90).sha256,
        notice_of(BRAND, "en", "consent", 30).sha256,
        notice_of(BRAND.model_copy(update={"name": "Other"}), "en", "consent", 90).sha256,
    }

    assert len(hashes) == 4
