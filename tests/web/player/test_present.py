"""What the page hands the player."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from flask import render_template_string

from plugin.decisions.plan import Plan
from plugin.media.disclosure import strongest
from plugin.media.timeline import AiRole
from tests.browser.stage import Stage, make_overlay
from web.player.present import disclosure_label, player_json
from web.texts import texts

HOSTILE = "</script><img src=x onerror=alert(1)>'\" --> {{7*7}} \u2028"


class Attributes(HTMLParser):
    """Every element with its attributes, as a browser would read them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def rendered(stage: Stage, plan: Plan) -> list[tuple[str, dict[str, str | None]]]:
    with stage.app.test_request_context():
        view = player_json(plan, stage.services)
        html = render_template_string('{% from "player/player.html" import player %}{{ player(view) }}', view=view)
    parser = Attributes()
    parser.feed(html)
    return parser.seen


def test_everything_the_script_needs_is_in_the_page(stage: Stage, plan: Plan) -> None:
    with stage.app.test_request_context():
        view = player_json(plan, stage.services)

    assert json.loads(json.dumps(view)) == view
    assert set(view["playlists"]) == {
        view["master"],
        f"/m/{plan.assembly_id}/360p.m3u8",
        f"/m/{plan.assembly_id}/720p.m3u8",
    }
    assert [scene["start"] for scene in view["scenes"]] == [0.0, 3.2, 6.4]
    assert view["overlays"][1]["number"] == 12480
    assert "spoken" not in view["overlays"][0]


def test_everyone_with_the_same_clips_gets_the_same_addresses(stage: Stage, plan: Plan) -> None:
    other = replace(plan, greeting="A video for Bruno", overlays=())
    with stage.app.test_request_context():
        ours, theirs = player_json(plan, stage.services), player_json(other, stage.services)

    assert ours["playlists"] == theirs["playlists"]


def test_before_any_script_there_is_a_plain_video_that_loads_nothing_by_itself(stage: Stage, plan: Plan) -> None:
    seen = rendered(stage, plan)
    video = next(attributes for tag, attributes in seen if tag == "video")
    track = next(attributes for tag, attributes in seen if tag == "track")

    assert video["preload"] == "none"
    assert video["src"] == f"/m/{plan.assembly_id}/video.mp4"
    assert "controls" in video
    assert "autoplay" not in video
    assert (track["kind"], track["srclang"]) == ("captions", "en")


def test_hostile_words_stay_words(stage: Stage, plan: Plan) -> None:
    hostile = replace(plan, title=HOSTILE, overlays=(make_overlay("name", HOSTILE, 0, 2),))

    seen = rendered(stage, hostile)

    assert {tag for tag, _ in seen} <= {"div", "video", "track", "a", "p", "b", "span"}
    root = next(attributes for _, attributes in seen if "data-player" in attributes)
    assert json.loads(root["data-plan"] or "")["overlays"][0]["text"] == HOSTILE
    assert not any(name.startswith("on") for _, attributes in seen for name in attributes)


@pytest.mark.parametrize(
    ("roles", "label"),
    [
        (["none", "none"], ""),
        (["generated", "generated"], "Made with AI"),
        (["generated", "none"], "Made partly with AI"),
        (["modified", "modified"], "Made partly with AI"),
    ],
)
def test_the_label_is_as_strong_as_the_clips(roles: list[str], label: str) -> None:
    disclosure = strongest([AiRole(role, "", False) for role in roles])

    assert disclosure_label(disclosure, texts("en", "player")) == label


def test_every_language_has_every_word_with_the_same_gaps() -> None:
    english = texts("en", "player")

    for key, words in texts("es", "player").items():
        assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", english[key])), key
    assert set(texts("es", "player")) == set(english)
