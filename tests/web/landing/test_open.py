"""Opening a link: the person's own video, in a fragment or a whole page."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.local import contacts
from connectors.local.models import Contact
from plugin.accounts.models import Installation
from plugin.decisions.models import Open
from plugin.kernel.database import Database
from plugin.recipients.ports import ProfileUnavailable
from tests.conftest import HeldClock
from tests.web.landing.test_shell import json_ld
from tests.web.landing.world import ANA, OURS, World, make_world, storyboard
from web.landing import stage

HOSTILE = 'Ana"><script>alert(1)</script><img src=x onerror=alert(2)>'


def test_it_shows_the_persons_own_values_choices_and_transcript(world: World) -> None:
    page = world.open(world.link_for(**ANA), htmx=True).text

    for said in ("Ana, this was your year", "Hello, Ana", "gold one en.", "Your balance: 12,480 points", "Book a demo"):
        assert said in html.unescape(page)
    assert "new one en." not in page


def test_the_fragment_is_only_the_stage_and_the_form_gets_a_whole_page(world: World) -> None:
    link = world.link_for(**ANA)

    fragment, whole = world.open(link, htmx=True), world.open(link)

    assert fragment.text.lstrip().startswith("<article")
    assert whole.text.startswith("<!doctype html>")
    assert "<video" in whole.text
    assert "controls" in whole.text
    assert 'kind="captions"' in whole.text


def test_every_line_of_the_plan_is_a_link_that_seeks(world: World) -> None:
    page = world.open(world.link_for(**ANA), htmx=True).text

    lines = re.findall(r'<a class="line"[^>]*data-seek="([\d.]+)"', page)

    assert [float(line) for line in lines] == sorted(float(line) for line in lines)
    assert len(lines) == 6, "four spoken lines and two on screen"


def test_it_says_how_fresh_the_values_are_and_whence(world: World) -> None:
    assert "Values read just now from Alder CRM" in world.open(world.link_for(**ANA), htmx=True).text


def test_an_accounts_number_is_shown_to_no_recipient(world: World) -> None:
    link = world.link_for(**ANA)
    with world.services.database.transaction() as session:
        account = session.scalars(select(Installation)).one()
        account.connector, account.label = "hubspot", "HubSpot 24601001"

    page = world.open(link, htmx=True).text

    assert "HubSpot" in page
    assert "24601001" not in page


def test_when_the_crm_is_down_the_last_values_stand_in_with_their_age(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = world.link_for(**ANA)
    world.open(link)
    monkeypatch.setattr("connectors.local.connector.LocalCrm.read", _down)

    page = world.open(link, htmx=True).text

    assert "Ana, this was your year" in page
    assert "because Alder CRM didn’t answer in time" in page
    assert re.search(r'<time datetime="[\d:T+-]+" data-local>[\d :-]+ UTC</time>', page)


def test_when_the_crm_is_down_and_nothing_is_kept_the_fallbacks_stand_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.local.connector.LocalCrm.read", _down)

    page = world.open(world.link_for(**ANA), htmx=True).text

    assert "This was your year" in page
    assert "General values, because Alder CRM" in page


def test_editing_the_contact_changes_the_next_open(world: World) -> None:
    link = world.link_for(**ANA)
    world.open(link)
    with world.services.database.transaction() as session:
        contact = session.scalars(select(Contact)).one()
        contacts.update(session, contact.id, {"first_name": "Anna", "tier": "New"})

    page = world.open(link, htmx=True).text

    assert "Anna, this was your year" in page
    assert "new one en." in page


def test_the_person_may_have_it_without_their_details_or_in_another_language(world: World) -> None:
    link = world.link_for(**ANA)

    plain, spanish = world.open(link, htmx=True, personal="no").text, world.open(link, htmx=True, language="es").text

    assert "Ana" not in plain
    assert "nothing from your record is used" in plain
    assert "Ana, este fue tu año" in spanish
    assert 'lang="es"' in spanish


def test_why_this_names_fields_sources_and_a_human(world: World) -> None:
    page = html.unescape(world.open(world.link_for(**ANA), htmx=True).text)

    for said in ("Because you are a Gold member", "Membership", "contact.tier", "To choose the offer"):
        assert said in page
    assert 'href="mailto:care@alder.example"' in page


def test_a_record_that_lacks_everything_still_reads_well(world: World) -> None:
    page = world.open(world.link_for(), htmx=True).text

    assert "This was your year" in page
    assert "{{" not in html.unescape(re.sub(r"data-plan='[^']*'", "", page))
    assert "None" not in page


def test_markup_in_every_field_is_inert_text(world: World) -> None:
    record = dict.fromkeys(("first_name", "tier", "points", "language"), HOSTILE)

    whole = world.open(world.link_for(**record)).text

    assert "<script>alert" not in whole
    assert "<img src=x" not in whole
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in whole


def test_personal_values_appear_in_no_header_address_or_markup(world: World) -> None:
    record = {"first_name": "Canaryfirst", "tier": "Gold", "points": 987123, "email": "canary@example.com"}
    link = world.link_for(**record)

    whole = world.open(link)

    around = str(whole.headers) + str(json_ld(whole.text))
    addresses = re.findall(r'(?:href|src|action|poster|content)="([^"]*)"', whole.text)
    title = re.findall(r"<title>(.*?)</title>", whole.text)
    for canary in ("Canaryfirst", "987123", "987,123", "canary@example.com"):
        assert canary not in around
        assert not any(canary in address for address in [*addresses, *title])
    assert "canary@example.com" not in whole.text, "a field the storyboard doesn't use is nowhere"


def test_the_cookie_is_set_by_the_open_alone_and_can_not_be_read_by_script(world: World) -> None:
    cookie = world.open(world.link_for(**ANA)).headers["Set-Cookie"]

    assert cookie.startswith("__Host-segue=")
    for kept in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert kept in cookie
    assert "Domain" not in cookie


def test_the_cookie_opens_again_but_only_from_our_own_page(world: World) -> None:
    client = world.client
    world.open(world.link_for(**ANA), client)

    ours = client.post("/open", headers=OURS)
    theirs = client.post("/open", headers={"Sec-Fetch-Site": "cross-site"})
    unsaid = client.post("/open")

    assert [ours.status_code, theirs.status_code, unsaid.status_code] == [200, 403, 403]


def test_a_link_in_a_form_of_another_site_opens_nothing(world: World) -> None:
    link = world.link_for(**ANA)

    answer = world.client.post("/open", data={"link": link.token}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_not_me_forgets_the_link_and_shows_the_public_version(world: World) -> None:
    client = world.client
    world.open(world.link_for(**ANA), client)

    left = client.post("/not-me", data={"slug": "your-year"}, headers=OURS)

    assert (left.status_code, left.location) == (303, "/c/your-year")
    assert client.get("/w/your-year").status_code == 302


def test_an_old_browser_on_another_site_is_not_moved_to_their_link(world: World) -> None:
    form, slug = {"link": world.link_for(**ANA).token}, {"slug": "your-year"}

    def answers(origin: str | None) -> list[int]:
        headers = {"Origin": origin} if origin else {}
        return [world.client.post(path, data=data, headers=headers).status_code for path, data in sent]

    sent = [("/open", form), ("/not-me", slug)]
    assert answers("https://evil.example") == [403, 403]
    for origin in (None, "null", "https://video.alder.example"):
        assert answers(origin) == [200, 303], "whoever can't say isn't shut out"


def test_what_no_database_can_hold_is_refused_and_no_failure(world: World) -> None:
    for path in ("/c/%00", "/m/%00/master.m3u8", "/m/%00/poster.jpg", "/w/%00", "/v/%00"):
        assert world.client.get(path).status_code == 404
    assert world.client.get("/c/your-year?lang=%00").status_code == 400
    assert world.client.post("/not-me", data={"slug": "\0"}, headers=OURS).status_code in (303, 400)


def test_two_scenes_of_one_clip_and_choice_are_two_shapes(database: Database, tmp_path: Path, clock: HeldClock) -> None:
    def both(text: str) -> dict[str, str]:
        return {"en": text, "es": text}

    def scene(id: str, tier: str) -> dict[str, object]:
        when = {"field": "tier", "op": "eq", "value": tier}
        choice = {
            "id": "same",
            "when": when,
            "clips": {"en": "gold-en", "es": "gold-es"},
            "because": both(f"It is {tier}"),
        }
        return {"id": id, "title": both(f"For {tier}"), "optional": True, "choices": [choice], "overlays": []}

    hello = {**storyboard()["scenes"][0], "overlays": []}
    ctas = [{"id": "book", "label": both("Book"), "url": "https://alder.example/book", "primary": True}]
    scenes = [hello, scene("first", "Gold"), scene("second", "New")]
    world = make_world(database, tmp_path / "data", clock, scenes=scenes, ctas=ctas)

    gold, new = (world.open(world.link_for(**ANA | {"tier": tier}), htmx=True).text for tier in ("Gold", "New"))

    assert ("For Gold" in gold, "For New" in gold) == (True, False)
    assert ("For Gold" in new, "For New" in new) == (False, True)
    world.services.database.dispose()


def test_not_me_leads_nowhere_else(world: World) -> None:
    assert world.client.post("/not-me", data={"slug": "//evil.example"}, headers=OURS).location == "/"


def test_reloading_an_opened_page_leads_back_to_the_start(world: World) -> None:
    client = world.client
    world.open(world.link_for(**ANA), client)

    assert client.get("/open").location == "/w/your-year"
    assert world.client.get("/open").location == "/"


def test_an_open_is_kept_with_its_visit_or_not_at_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.app.testing = False
    monkeypatch.setattr("web.landing.opening.begin_visit", _broken)

    answer = world.open(world.link_for(**ANA))

    assert answer.status_code == 500
    with world.services.database.reading() as session:
        assert session.scalars(select(Open)).all() == []


def test_the_visit_is_told_to_the_page(world: World) -> None:
    page = world.open(world.link_for(**ANA), htmx=True).text

    assert re.search(r'<article [^>]*data-visit data-nonce="[^"]+" data-tracking="off"', page)
    assert 'action="/consent"' in page


def test_nothing_is_open_to_frames_or_to_other_origins(world: World) -> None:
    headers = world.open(world.link_for(**ANA)).headers

    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store, private"


def _down(*_: object, **__: object) -> None:
    raise ProfileUnavailable("down")


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("broken")


def test_a_page_filled_in_is_the_page_rendered_for_that_person(world: World) -> None:
    hostile = {"first_name": "Bo' \"&amp;<b>\u2028\\", "language": "en", "tier": "Gold", "points": -3}
    link, other = world.link_for(**hostile), world.link_for(**ANA)

    for htmx in (True, False):
        world.open(other, htmx=htmx)
        filled = _timeless(world.open(link, htmx=htmx).text)
        stage._pages.clear()
        rendered = _timeless(world.open(link, htmx=htmx).text)

        assert filled == rendered
        assert "Ana" not in filled
        assert "hole" not in filled


def test_pages_of_two_shapes_never_mix(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    gold, new = world.link_for(**ANA), world.link_for(**ANA | {"tier": "New", "first_name": ""})
    pages = [world.open(link, htmx=True).text for link in (gold, new, gold, new)]
    monkeypatch.setattr("connectors.local.connector.LocalCrm.read", _down)
    late = world.open(gold, htmx=True).text

    assert _timeless(pages[0]) == _timeless(pages[2])
    assert _timeless(pages[1]) == _timeless(pages[3])
    assert ("gold one en." in pages[0], "gold one en." in pages[1]) == (True, False)
    assert ("Hello, Ana" in pages[0], "Hello, " in pages[1]) == (True, False)
    assert "didn’t answer in time" in late


def _timeless(page: str) -> str:
    """Without what is new in every open: its visit's licence and the policy's nonce."""
    return re.sub(r'nonce" value="[^"]+"|nonce="[^"]+"', "", page)
