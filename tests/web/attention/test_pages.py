"""Which page may use the camera, who is asked, and that a no leaves everything as it was, byte for byte."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select

from plugin.decisions.models import Open
from plugin.engagement.attention.models import AttentionVisit
from plugin.engagement.models import Visit
from tests.plugin.engagement.visits import count_rows
from tests.web.attention.conftest import HTMX, Browser, asks
from tests.web.landing.world import ANA, OURS, World
from web.attention.camera import COOKIE


def camera_of(answer) -> str:
    return re.search(r"camera=\([^)]*\)", answer.headers["Permissions-Policy"])[0]  # type: ignore[index]


def without_what_is_new_each_time(page: str) -> str:
    return re.sub(r'"[\w-]{16}\.\d+\.[\w-]+"|nonce="[\w-]+"|\'nonce-[\w-]+\'', '"…"', page)


def everything(browser: Browser) -> list[str]:
    """Every page of a whole visit, with its headers."""
    answers = [browser.shell(), browser.again(), browser.client.get("/c/your-year")]
    told = [answer.text + json.dumps(sorted(headers_of(answer).items())) for answer in answers]
    return [without_what_is_new_each_time(page) for page in (*told, browser.open())]


def headers_of(answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name != "Date"}


# -- no ------------------------------------------------------------------------


def test_after_a_no_every_page_is_what_it_is_without_the_camera_byte_for_byte(browser):
    asks(browser.world, False)
    browser.open()
    browser.agree_to_be_measured()
    without = everything(browser)

    asks(browser.world, True)
    assert everything(browser) != without
    assert browser.offer().status_code == 200
    answer = browser.answer("no")

    assert (answer.status_code, answer.data) == (200, b"")
    assert everything(browser) == without
    assert browser.offer().status_code == 204


def test_one_who_was_not_asked_yet_gets_one_word_more_and_nothing_is_said_at_load(browser):
    asks(browser.world, False)
    before = without_what_is_new_each_time(browser.open())
    asks(browser.world, True)

    page = without_what_is_new_each_time(browser.open())

    assert page == before.replace('data-tracking="off"', 'data-tracking="off" data-attention="ask"')


@pytest.mark.parametrize("regime", ["none"])
def test_a_campaign_that_never_measures_never_asks(world: World, browser, regime):
    from plugin.campaigns.models import Campaign

    with world.services.database.transaction() as session:
        session.get_one(Campaign, world.campaign_id).regime = regime

    assert "data-attention" not in browser.open()


def test_under_a_signal_nothing_is_asked_and_no_yes_is_taken(browser):
    browser.open()
    browser.agree_to_be_measured()
    signal = {"Sec-GPC": "1"}

    assert browser.offer(**signal).status_code == 204
    answer = browser.answer("yes", {**OURS, **signal})
    assert COOKIE not in str(answer.headers.getlist("Set-Cookie"))
    assert "data-attention" not in browser.open(**signal)
    with browser.world.services.database.reading() as session:
        assert count_rows(session, AttentionVisit) == 0


# -- yes -----------------------------------------------------------------------


def test_a_yes_leads_to_a_page_that_may_use_the_camera_and_no_other_may(browser):
    pages = [browser.shell(), browser.again(), browser.client.get("/c/your-year"), browser.client.get("/")]
    browser.open()
    browser.agree_to_be_measured()
    answer = browser.answer("yes", at="8.44")

    assert answer.status_code == 303
    assert answer.location == "/w/your-year?t=8.4&lang=en"
    arrived = browser.again(answer.location)
    assert camera_of(arrived) == "camera=(self)"
    assert "microphone=()" in arrived.headers["Permissions-Policy"]
    assert {camera_of(page) for page in pages} == {"camera=()"}
    browser.open()
    assert camera_of(browser.again()) == "camera=()", "a reload is a page like any other"


def test_the_visit_goes_on_in_it_as_one(browser):
    browser.open()
    browser.agree_to_be_measured()
    first = browser.visit_id

    browser.answer("yes")
    page = browser.open()

    assert browser.visit_id == first
    assert 'data-attention-state="on"' in page
    assert 'data-tracking="on"' in page
    assert 'data-attention="ask"' not in page
    with browser.world.services.database.reading() as session:
        assert count_rows(session, Visit) == count_rows(session, Open) == 1


def test_it_goes_on_as_it_was_in_the_language_chosen_and_without_the_record_if_so_wished(browser):
    chosen = {"link": browser.link.token, "language": "es", "personal": "no"}
    browser.client.post("/open", data=chosen, headers=HTMX)
    page = browser.client.post("/open", data=chosen, headers=HTMX).text
    browser.nonce = re.search(r'data-nonce="([^"]+)"', page)[1]  # type: ignore[index]
    browser.agree_to_be_measured()
    first = browser.visit_id
    shell = browser.again(browser.answer("yes").location).text

    page = browser.open()

    assert 'lang="es"' in shell[:200]
    assert browser.visit_id == first
    assert "Este fue tu año" in page
    assert "Ana" not in page


def test_when_the_record_changed_meanwhile_the_yes_goes_along_to_what_plays_now(browser):
    from connectors.local import contacts
    from connectors.local.models import Contact

    browser.open()
    browser.agree_to_be_measured()
    first = browser.visit_id
    browser.answer("yes")
    with browser.world.services.database.transaction() as session:
        contact = session.scalars(select(Contact)).one()
        contacts.update(session, contact.id, {"tier": "New"})

    page = browser.open()

    assert browser.visit_id != first
    assert 'data-attention-state="on"' in page
    with browser.world.services.database.reading() as session:
        assert {row.visit_id for row in session.scalars(select(AttentionVisit))} == {first, browser.visit_id}


def test_the_invitation_is_for_this_person_only_and_lives_a_minute(browser, clock):
    browser.open()
    browser.agree_to_be_measured()
    cookie = next(one for one in browser.answer("yes").headers.getlist("Set-Cookie") if one.startswith(COOKIE))
    for word in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=60"):
        assert word in cookie
    token = cookie.split("=", 1)[1].split(";")[0]

    other = Browser(browser.world, browser.world.client, browser.world.link_for(**ANA | {"first_name": "Ben"}))
    other.client.set_cookie(COOKIE, token)
    assert camera_of(other.shell()) == "camera=()"
    assert 'data-attention-state="on"' not in other.open()
    forged = Browser(browser.world, browser.world.client, browser.link)
    forged.client.set_cookie(COOKIE, token[:-2] + "xx")
    assert camera_of(forged.shell()) == "camera=()"


def test_a_yes_too_late_leads_back_to_the_video_as_it_was(browser):
    browser.open()
    browser.agree_to_be_measured()
    browser.client.post("/consent", data={"nonce": browser.nonce, "choice": "no"}, headers=HTMX)

    answer = browser.answer("yes")

    assert answer.status_code == 303
    assert answer.headers.getlist("Set-Cookie") == []
    assert camera_of(browser.again(answer.location)) == "camera=()"


# -- what runs -----------------------------------------------------------------


def test_only_the_workers_script_may_compile_webassembly(browser):
    worker = browser.client.get("/attention/worker.js")
    pages = [browser.shell(), browser.again(), browser.client.get("/static/js/attention/session.js")]

    assert "'wasm-unsafe-eval'" in worker.headers["Content-Security-Policy"]
    assert worker.mimetype == "text/javascript"
    assert "connect-src 'self'" in worker.headers["Content-Security-Policy"]
    for page in pages:
        assert "wasm-unsafe-eval" not in page.headers["Content-Security-Policy"]


def test_nothing_of_it_is_named_by_a_page_before_a_yes(browser):
    pages = browser.shell().text + browser.open()

    for name in ("js/attention", "mediapipe", "worker.js", "getUserMedia"):
        assert name not in pages
