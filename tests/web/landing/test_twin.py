"""The public version and what leads to it."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from plugin.kernel.database import Database
from tests.conftest import HeldClock
from tests.web.landing.test_shell import json_ld
from tests.web.landing.world import ANA, World, make_world
from web.landing import twin
from web.services import Services

ORIGIN = "https://video.alder.example"


def test_it_stands_alone_without_being_watched(world: World) -> None:
    page = world.client.get("/c/your-year")

    assert page.status_code == 200
    for said in (
        "Your year with Alder",
        "What your membership did this year",
        "hello one en.",
        "new two en.",
        "6 seconds",
        "Made partly with AI",
        "Book a demo",
    ):
        assert said in page.text
    assert "noindex" not in page.text
    assert "X-Robots-Tag" not in page.headers


def test_nobodys_values_are_in_it(world: World) -> None:
    world.open(world.link_for(**ANA))

    page = world.client.get("/c/your-year").text

    assert "Ana" not in page
    assert "12,480" not in page
    assert "Set-Cookie" not in world.client.get("/c/your-year").headers


def test_its_markup_has_what_search_engines_ask_for(world: World) -> None:
    document = json_ld(world.client.get("/c/your-year").text)

    assert document["@type"] == "VideoObject"
    for required in ("name", "description", "thumbnailUrl", "uploadDate", "contentUrl", "transcript", "publisher"):
        assert document[required]
    assert document["duration"] == "PT6S"
    assert document["inLanguage"] == "en"
    assert document["isAccessibleForFree"] is True
    assert re.search(r"\+00:00$", document["uploadDate"])
    assert document["digitalSourceType"].startswith("https://schema.org/")
    assert document["caption"]["contentUrl"].startswith(ORIGIN)
    clips = document["hasPart"]
    assert [clip["name"] for clip in clips] == ["Hello", "Your offer"]
    assert [clip["url"] for clip in clips] == [f"{ORIGIN}/c/your-year?t=0", f"{ORIGIN}/c/your-year?t=3"]
    assert all(clip["endOffset"] > clip["startOffset"] for clip in clips)


def test_it_can_be_shared_found_and_read_in_each_language(world: World) -> None:
    english, spanish = world.client.get("/c/your-year").text, world.client.get("/c/your-year?lang=es").text

    assert f'<link rel="canonical" href="{ORIGIN}/c/your-year">' in english
    assert f'<link rel="canonical" href="{ORIGIN}/c/your-year?lang=es">' in spanish
    for tag in ("en", "es", "x-default"):
        assert f'hreflang="{tag}"' in english
    assert '<meta property="og:title" content="Tu año con Alder">' in spanish
    assert "Hecho en parte con IA" in spanish
    assert json_ld(spanish)["hasPart"][1]["url"] == f"{ORIGIN}/c/your-year?lang=es&t=3"


def test_it_may_be_kept_and_asked_after(world: World) -> None:
    client = world.client
    first = client.get("/c/your-year")

    again = client.get("/c/your-year", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert first.headers["Cache-Control"].startswith("public, max-age=60")
    assert client.get("/c/your-year").data == first.data


def test_its_policy_needs_no_nonce_and_allows_no_inline_script(world: World) -> None:
    page = world.client.get("/c/your-year")

    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy
    scripts = re.findall(r"<script(?![^>]*ld\+json)([^>]*)>", page.text)
    assert scripts
    assert all("src=" in script for script in scripts)


def test_its_plain_text_says_the_same(world: World) -> None:
    text = world.client.get("/c/your-year.md")

    assert text.mimetype == "text/markdown"
    for said in ("# Your year with Alder", "hello one en.", "### 0:03 Your offer", "Made partly with AI"):
        assert said in text.text
    assert f'<{ORIGIN}/c/your-year>; rel="canonical"' in text.headers["Link"]
    assert "/c/your-year.md" in world.client.get("/c/your-year").headers["Link"]
    assert "# Tu año con Alder" in world.client.get("/c/your-year.md?lang=es").text


def test_a_storyboards_words_stay_words_in_plain_text(database: Database, tmp_path: Path, clock: HeldClock) -> None:
    title, description = "Yours](https://evil.example)\n# Owned", "- <b>One</b>\n\n## Two"
    changes = {"title": {"en": title, "es": title}, "description": {"en": description, "es": description}}
    world = make_world(database, tmp_path / "data", clock, **changes)

    for path in ("/c/your-year.md", "/llms.txt"):
        text = world.client.get(path).text
        assert r"Yours\](https://evil.example) # Owned" in text
        assert r"\- \<b\>One\</b\> ## Two" in text
    world.services.database.dispose()


def test_languages_we_do_not_have_make_no_page_of_their_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    render = twin._render

    def count(here: Services, video: twin.PublicVideo) -> twin.PublicPage:
        made.append(video.slug)
        return render(here, video)

    monkeypatch.setattr(twin, "_render", count)

    pages = {world.client.get(f"/c/your-year?lang=xx-{number:04}").data for number in range(5)}

    assert (len(pages), len(made)) == (1, 1)


def test_the_sitemap_lists_every_public_video(world: World) -> None:
    tree = ElementTree.fromstring(world.client.get("/sitemap.xml").data)

    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "v": "http://www.google.com/schemas/sitemap-video/1.1"}
    assert [at.text for at in tree.findall("s:url/s:loc", names)] == [f"{ORIGIN}/", f"{ORIGIN}/c/your-year"]
    video = tree.find("s:url/v:video", names)
    assert video is not None
    assert video.findtext("v:title", namespaces=names) == "Your year with Alder"
    assert video.findtext("v:duration", namespaces=names) == "6"


def test_robots_and_models_are_shown_the_way_and_kept_from_nothing_they_must_read(world: World) -> None:
    robots, llms = world.client.get("/robots.txt").text, world.client.get("/llms.txt").text

    assert f"Sitemap: {ORIGIN}/sitemap.xml" in robots
    assert "/v/" not in robots, "a page that may not be fetched can't say noindex"
    assert f"[Your year with Alder]({ORIGIN}/c/your-year.md)" in llms


def test_the_front_page_lists_what_is_public(world: World) -> None:
    page = world.client.get("/")

    assert page.status_code == 200
    assert 'href="/c/your-year"' in page.text
    assert "Your year with Alder" in page.text


def test_an_unknown_campaign_is_not_there(world: World) -> None:
    assert [world.client.get(path).status_code for path in ("/c/other", "/c/other.md", "/c/Ñ")] == [404, 404, 404]


def test_head_answers_like_get_without_a_body(world: World) -> None:
    got, head = (getattr(world.client, method)("/c/your-year") for method in ("get", "head"))

    assert head.data == b""
    assert head.headers["ETag"] == got.headers["ETag"]
    assert isinstance(world.services.database, Database)
