"""The CRM's screens: found, edited, undone, safe to look at."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from connectors.local import contacts
from connectors.local.connector import LocalCrm
from connectors.local.models import Contact
from plugin.kernel.database import Database
from plugin.recipients.ports import ExternalRef
from tests.connectors.contract import event, summary
from tests.make import make_contact, make_recipient
from tests.web.crm.conftest import Browser

HTMX = {"HX-Request": "true"}


def properties(database: Database, contact_id: str = "ana") -> dict[str, object]:
    with database.reading() as session:
        return contacts.get(session, contact_id).properties


def revision(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found
    return found[1]


def test_an_empty_crm_says_how_to_begin(browser: Browser) -> None:
    page = browser.get("/crm").text

    assert "No contacts yet" in page


def test_the_list_is_searched(browser: Browser, database: Database, ana: str, installation_id: str) -> None:
    with database.transaction() as session:
        make_contact(session, installation_id, first_name="Boris")

    page = browser.get("/crm?q=bor").text

    assert "Boris" in page
    assert "Ana" not in page
    assert "Nobody by that name" in browser.get("/crm?q=zzz").text


def test_a_search_from_the_page_answers_only_the_list(browser: Browser, ana: str) -> None:
    page = browser.get("/crm?q=ana", **HTMX).text

    assert page.strip().startswith("<section")
    assert "Ana" in page


def test_a_save_is_what_the_next_open_reads(
    browser: Browser, database: Database, ana: str, installation_id: str
) -> None:
    response = browser.post("/crm/contacts/ana", {"p.first_name": "Ana", "p.tier": "Gold", "p.points": "130"})

    record = LocalCrm(database, installation_id).read(
        ExternalRef(installation_id, "contact", ana), ["contact.tier", "contact.points"], timeout_s=1
    )
    assert response.status_code == 303
    assert record.values == {"contact.tier": "Gold", "contact.points": 130}
    assert "Saved." in browser.get(response.location).text


def test_a_save_from_the_page_answers_the_card_and_says_so(browser: Browser, ana: str) -> None:
    response = browser.post("/crm/contacts/ana", {"p.first_name": "Anabel"}, **HTMX)

    assert response.status_code == 200
    assert "Saved." in response.text
    assert "Undo last save" in response.text
    assert 'hx-swap-oob="true"' in response.text
    assert "<html" not in response.text


def test_a_save_can_be_undone(browser: Browser, database: Database, ana: str) -> None:
    browser.post("/crm/contacts/ana", {"p.tier": "Gold"})

    browser.post("/crm/contacts/ana/undo")

    assert properties(database)["tier"] == "Silver"


def test_saving_what_stands_is_no_save(browser: Browser, database: Database, ana: str) -> None:
    browser.post("/crm/contacts/ana", {"p.tier": "Gold"})

    browser.post("/crm/contacts/ana", {"p.tier": "Gold", "p.first_name": "Ana", "p.points": "120"})
    browser.post("/crm/contacts/ana/undo")

    assert properties(database)["tier"] == "Silver"


def test_an_emptied_property_is_taken_away_and_an_unknown_one_is_not_made(
    browser: Browser, database: Database, ana: str
) -> None:
    browser.post("/crm/contacts/ana", {"p.tier": "", "p.hacked": "yes"})

    assert set(properties(database)) == {"first_name", "points", "member_since"}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "Madrid", "Madrid"),
        ("number", "12.5", 12.5),
        ("flag", "yes", True),
        ("date", "2026-11-21", "2026-11-21"),
    ],
)
def test_a_property_can_be_added(browser: Browser, database: Database, ana: str, kind: str, text: str, value) -> None:
    browser.post("/crm/contacts/ana", {"new_name": "Home  Town", "new_kind": kind, "new_value": text})

    assert properties(database)["home_town"] == value


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"p.points": "many"}, "is not a number"),
        ({"p.points": "nan"}, "not a number"),
        ({"p.member_since": "2.4.2019"}, "a date is written"),
        ({"p.tier": "x" * 2001}, "too long"),
        ({"new_name": "böse", "new_value": "x"}, "can&#39;t be a property name"),
        ({"new_name": "tier", "new_value": "x"}, "there already"),
        ({"new_name": "town", "new_value": " "}, "needs a value"),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_can_not_be_kept_is_said_beside_the_field_and_nothing_is_lost(
    browser: Browser, database: Database, ana: str, given: dict[str, str], said: str, headers: dict[str, str]
) -> None:
    response = browser.post("/crm/contacts/ana", {"p.first_name": "Anabel", **given}, **headers)

    assert response.status_code == 422
    assert said.lower() in response.text.lower()
    assert 'value="Anabel"' in response.text
    assert properties(database)["first_name"] == "Ana"


def test_two_people_saving_notice_each_other_and_the_second_can_insist(
    browser: Browser, database: Database, ana: str
) -> None:
    before = revision(browser.get("/crm/contacts/ana").text)
    browser.post("/crm/contacts/ana", {"p.tier": "Gold", "revision": before})

    response = browser.post("/crm/contacts/ana", {"p.tier": "Bronze", "revision": before})

    assert response.status_code == 409
    assert 'value="Bronze"' in response.text
    browser.post("/crm/contacts/ana", {"p.tier": "Bronze", "revision": revision(response.text)})
    assert properties(database)["tier"] == "Bronze"


def test_a_contact_is_made_deleted_and_brought_back(browser: Browser, database: Database, installation_id: str) -> None:
    made = browser.post("/crm/contacts", {"first_name": "Zoe", "email": "zoe@example.org"})
    assert made.status_code == 303
    page = made.location.split("?")[0]

    assert "bring them back" in browser.post(f"{page}/delete").text.lower()
    assert browser.get(page).status_code == 410
    browser.post(f"{page}/restore", page=page)

    assert browser.get(page).status_code == 200


def test_a_contact_needs_some_name(browser: Browser, installation_id: str) -> None:
    assert browser.post("/crm/contacts", {"first_name": "  "}).status_code == 422


def test_the_timeline_tells_each_visit_in_a_sentence(
    browser: Browser, database: Database, ana: str, installation_id: str
) -> None:
    LocalCrm(database, installation_id).deliver([event(ana, "k1", "link.opened"), summary(ana, 1)])

    page = browser.get("/crm/contacts/ana").text

    assert "Watched 38 of 40 s, replayed Pricing twice, clicked Book a demo – a person, high confidence" in page


def test_the_timeline_answers_only_news(browser: Browser, database: Database, ana: str, installation_id: str) -> None:
    page = browser.get("/crm/contacts/ana").text
    seen = re.search(r'hx-get="([^"]+)"', page.split('id="timeline"')[1])
    assert seen
    assert browser.get(seen[1], **HTMX).status_code == 204

    LocalCrm(database, installation_id).deliver([event(ana, "k1", "link.opened")])
    response = browser.get(seen[1], **HTMX)

    assert response.status_code == 200
    assert "Opened the page" in response.text
    assert response.text.strip().startswith("<section")


def test_a_live_link_stands_ready_to_copy_and_to_open(
    browser: Browser, database: Database, ana: str, installation_id: str
) -> None:
    from plugin.links.issue import LinkOrder, issue
    from tests.make import make_campaign

    with database.transaction() as session:
        campaign = make_campaign(session, installation_id=installation_id).id
        recipient = make_recipient(session, installation_id, ana).id
        keyring = browser.client.application.extensions["segue"].keyring
        token = issue(session, LinkOrder(campaign, recipient), keyring=keyring).token

    page = browser.get("/crm/contacts/ana").text

    assert page.count(f"http://127.0.0.1:8000/v/{token}") == 2
    assert "Open as <bdi>Ana</bdi>" in page


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "</textarea><svg onload=alert(1)>",
        "{{7*3113}}${7*3113}",
    ],
)
def test_a_records_words_are_shown_and_never_run(
    browser: Browser, database: Database, installation_id: str, evil: str
) -> None:
    with database.transaction() as session:
        make_contact(session, installation_id, "eve", first_name=evil, last_name="x" * 90 + evil, email=evil)
    LocalCrm(database, installation_id).deliver(
        [
            event("eve", "k1", "cta.clicked", label=evil),
            summary("eve", 1, ctas=[evil], replays=[{"scene": evil, "times": 1}], reasons=[evil], campaign=evil),
        ]
    )

    pages = [browser.get(path).text for path in ("/crm", "/crm/contacts/eve", f"/crm?q={evil[:5]}")]
    pages.append(browser.post("/crm/contacts/eve", {"p.first_name": evil, "new_name": evil, "new_value": evil}).text)

    for page in pages:
        for tag in ("<img", "<svg onload", "alert(1)</script>", "' onmouseover"):
            assert tag not in page
        assert "21791" not in page


def test_nothing_of_a_record_is_stored_by_the_browser(browser: Browser, ana: str) -> None:
    headers = browser.get("/crm/contacts/ana").headers

    assert "no-store" in headers["Cache-Control"]
    assert "noindex" in headers["X-Robots-Tag"]
    assert "'unsafe" not in headers["Content-Security-Policy"]


def test_an_unknown_contact_is_not_found(browser: Browser, installation_id: str) -> None:
    assert browser.get("/crm/contacts/nobody").status_code == 404


def test_a_crm_that_was_never_set_up_says_so(browser: Browser, database: Database) -> None:
    assert browser.post("/crm/contacts", {"first_name": "Zoe"}).status_code == 404
    with database.reading() as session:
        assert session.scalar(select(Contact.id)) is None


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999999999999999999999"])
def test_a_page_that_is_none_is_an_empty_list_or_the_first(browser: Browser, ana: str, page: str) -> None:
    assert browser.get(f"/crm?page={page}").status_code == 200


def test_what_no_database_can_hold_is_refused_and_no_failure(browser: Browser, ana: str) -> None:
    assert browser.get("/crm?q=%00").status_code == 400
    assert browser.get("/crm/contacts/%00").status_code == 404
