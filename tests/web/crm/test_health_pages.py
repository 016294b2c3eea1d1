"""The queue on screen: what is stuck, why, and the button."""

from __future__ import annotations

from plugin.kernel.database import Database
from plugin.outbox.dispatch import dispatch_once
from plugin.outbox.enqueue import enqueue
from plugin.outbox.ports import Dead
from tests.plugin.outbox.fakes import BusyCrm, drafts
from tests.web.crm.conftest import Browser


def kill(database: Database, *names: str) -> None:
    with database.transaction() as session:
        enqueue(session, drafts("i", *names))
    dispatch_once(database, lambda _: BusyCrm(lambda _: Dead("The property 'plan' is <read-only>.")))


def test_a_quiet_queue_says_all_is_well(browser: Browser) -> None:
    assert "All is delivered that is owed." in browser.get("/crm/health").text


def test_a_dead_letter_shows_its_reason_and_is_sent_again(browser: Browser, database: Database) -> None:
    kill(database, "a", "b")

    page = browser.get("/crm/health").text
    assert "2 messages can’t be delivered" in page
    assert "is &lt;read-only&gt;." in page

    first = page.split('name="id" value="')[1].split('"')[0]
    answer = browser.post("/crm/health/retry", {"id": first})
    assert "1 on their way again" in browser.get(answer.location).text
    assert "1 message can’t be delivered" in browser.get("/crm/health").text

    browser.post("/crm/health/retry", {"all": "yes"})
    assert "can’t be delivered" not in browser.get("/crm/health").text


def test_ids_that_are_none_send_nothing(browser: Browser, database: Database) -> None:
    kill(database, "a")

    for none in ("x", "9" * 40, "-" + "9" * 40, str(2**63)):
        assert browser.post("/crm/health/retry", {"id": none}).status_code == 303

    assert "1 message can’t be delivered" in browser.get("/crm/health").text
