"""The question about the camera in words, the stop, the receipt, and what is refused."""

from __future__ import annotations

import json

import orjson
import pytest

from plugin.engagement.attention.models import AttentionSecond
from plugin.engagement.models import Visit
from plugin.privacy.models import Purpose
from tests.plugin.engagement.visits import HUMAN, count_rows
from tests.web.attention.conftest import HTMX, Browser
from tests.web.beacons.test_consent import BRAND
from tests.web.landing.world import OURS
from web.attention.present import attention_view, notice_of
from web.texts import texts

# -- the question --------------------------------------------------------------


def test_the_question_says_in_its_own_sentence_what_and_to_whom_and_how_long(browser):
    browser.open()
    browser.agree_to_be_measured()

    page = browser.offer().text

    for said in (
        "May Alder learn whether you face the screen while this video plays?",
        "No picture leaves it.",
        "a number from 0 (not facing the screen) to 1 (facing it)",
        "A computer model (AI) finds where a face is",
        "The people at Alder who look after you",
        "groups of 20 people or more",
        "30 days.",
        "erased within a minute",
    ):
        assert said in page.replace("’", "'"), said
    assert page.count('<button class="button" type="submit"') == 2


def test_it_is_not_asked_before_watching_is_measured(browser):
    browser.open()

    assert browser.offer().status_code == 204


def test_a_preview_is_asked_nothing(browser):
    browser.open()
    browser.agree_to_be_measured()
    with browser.world.services.database.transaction() as session:
        session.get_one(Visit, browser.visit_id).evidence = {**HUMAN, "member": True}

    assert browser.offer().status_code == 204
    assert browser.answer("no").status_code == 400


def test_the_receipt_of_both_choices_can_be_taken_away(browser):
    browser.open()
    browser.agree_to_be_measured()
    browser.answer("yes")
    browser.open()
    browser.answer("no")

    rows = browser.client.get("/consent/receipt").get_json()

    said = {(row["purpose"], row["event"]["state"]): row["notice"] for row in rows}
    assert set(said) == {("watch_tracking", "given"), ("attention", "given"), ("attention", "withdrawn")}
    assert said["attention", "given"]["retention"].startswith("30 days")
    assert said["attention", "given"]["sha256"] != said["watch_tracking", "given"]["sha256"]


# -- stop ----------------------------------------------------------------------


def test_a_stop_erases_and_says_so_and_later_pages_know_nothing_of_it(browser):
    browser.open()
    browser.agree_to_be_measured()
    browser.answer("yes")
    browser.open()
    assert post_seconds(browser, [{"second": 1, "score": 1, "n": 5, "quality": "ok"}]).status_code == 204

    answer = browser.answer("no")

    assert 'data-attention-state="off"' in answer.text
    assert json.loads(answer.headers["HX-Trigger"]) == {"segue:attention": {"state": "off", "server": "no"}}
    with browser.world.services.database.reading() as session:
        assert count_rows(session, AttentionSecond) == 0
    assert "attention" not in browser.open()


def test_what_an_earlier_visit_told_can_be_erased_in_a_later_one_and_nobody_else_learns_of_it(browser):
    browser.open()
    browser.agree_to_be_measured()
    browser.answer("yes")
    browser.open()

    page = browser.open()
    assert 'data-attention-state="kept"' in page
    assert "Erase it" in page
    elsewhere = Browser(browser.world, browser.world.client, browser.link)
    assert "data-attention-state" not in elsewhere.open()

    assert browser.answer("no").status_code == 200
    assert "attention" not in browser.open()


# -- seconds -------------------------------------------------------------------


def post_seconds(browser: Browser, seconds: object, headers: dict[str, str] | None = None):
    data = orjson.dumps({"nonce": browser.nonce, "seconds": seconds})
    return browser.world.client.post("/attention/seconds", data=data, headers=OURS if headers is None else headers)


@pytest.mark.parametrize(
    ("seconds", "headers", "status"),
    [
        ([{"second": 1, "score": 1, "n": 5, "quality": "ok"}], {"Sec-Fetch-Site": "cross-site"}, 403),
        ([{"second": 1, "score": 1, "n": 5, "quality": "ok"}], {**OURS, "Sec-GPC": "1"}, 204),
        ("many", OURS, 400),
        ([{}] * 500, OURS, 413),
        (["x" * 20_000], OURS, 413),
    ],
    ids=["elsewhere", "signal", "no list", "too many", "too large"],
)
def test_what_may_not_be_taken_is_not(browser, seconds, headers, status):
    browser.open()
    browser.agree_to_be_measured()
    browser.answer("yes")

    assert post_seconds(browser, seconds, headers).status_code == status
    with browser.world.services.database.reading() as session:
        assert count_rows(session, AttentionSecond) == 0


@pytest.mark.parametrize(
    ("form", "headers", "status"),
    [
        ({"choice": "maybe"}, HTMX, 400),
        ({"choice": "yes"}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({"choice": "yes"}, {}, 403),
        ({"choice": "no", "nonce": "x"}, HTMX, 403),
    ],
)
def test_what_is_no_answer_of_this_page_is_refused(browser, form, headers, status):
    browser.open()
    browser.agree_to_be_measured()

    answer = browser.client.post("/attention", data={"nonce": browser.nonce, **form}, headers=headers)

    assert answer.status_code == status


# -- words ---------------------------------------------------------------------


def test_every_language_says_it_all():
    assert texts("es", "attention").keys() == texts("en", "attention").keys()


def test_the_group_is_said_as_it_is_set_and_the_hash_follows(world, browser):
    settings = world.services.settings.model_copy(update={"attention_group": 50})
    view = attention_view("ask", BRAND, "en", "n", settings)
    hashes = {
        notice_of(BRAND, lang, purpose, group).sha256
        for lang in ("en", "es")
        for purpose in (Purpose.ATTENTION, Purpose.ATTENTION_SERVER)
        for group in (20, 50)
    }

    assert any("groups of 50 people" in text for _, text in view.details)
    assert len(hashes) == 8
