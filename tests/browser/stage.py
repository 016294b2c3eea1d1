"""A page with nothing on it but the player, served by the real application."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask, render_template_string, request
from werkzeug.serving import make_server

from plugin.campaigns.storyboard import Box, Look
from plugin.decisions.plan import Plan, PlannedCta, PlannedOverlay, PlannedScene, Reason
from plugin.kernel.database import Entity
from plugin.kernel.settings import Settings
from plugin.media.catalogue import assemble, load_timeline
from plugin.media.disclosure import strongest
from tests.clips import make_clips
from web.app import create_app
from web.player.present import player_json
from web.services import Services

PAGE = """<!doctype html><html lang="{{ view.language }}"><head><meta charset="utf-8"><title>Stage</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/css/tokens.css"><link rel="stylesheet" href="/static/css/player.css">
<link rel="stylesheet" href="/stage.css">
<script nonce="{{ csp_nonce() }}" type="module" src="/static/js/player/main.js"></script></head>
<body>{% from "player/player.html" import player %}{{ player(view) }}
<p><a data-seek="{{ view.scenes[-1].start }}" href="?t=1">Last part</a>
{% for cta in view.ctas %}<a data-cta="{{ cta.id }}" href="{{ cta.url }}">{{ cta.label }}</a>{% endfor %}
</p></body></html>"""
STYLE = "body{margin:0;padding:1rem;background:var(--paper);color:var(--ink)} .player{max-width:60rem;margin:auto}"


@dataclass
class Stage:
    """The application, what it holds, and where it answers."""

    app: Flask
    services: Services
    clips: list[str]
    origin: str = ""

    def plan(self, clips: Sequence[str], **changes: Any) -> Plan:
        """A plan over these clips, with an overlay, a number and two buttons."""
        with self.services.database.transaction() as session:
            assembly = assemble(session, self.services.vault, clips)
            timeline = load_timeline(session, assembly)
        scenes = tuple(
            PlannedScene(
                f"scene-{number}", clip.title, clip.id, start, clip.duration_s, Reason("Because", "any", ()), clip.ai
            )
            for number, (clip, start) in enumerate(zip(timeline.clips, timeline.starts_s, strict=True))
        )
        plan = Plan(
            assembly_id=assembly,
            language="en",
            title="Your year with us",
            greeting="A video for Ana",
            duration_s=timeline.duration_s,
            scenes=scenes,
            overlays=(make_overlay("name", "Hello, Ana", 0.2, 3.0), make_number("points", 12480, "12,480", 3.4, 6.2)),
            ctas=(
                PlannedCta("book", "Book a table", "https://example.com/book", True, 3.6, 9.0),
                PlannedCta("more", "Read more", "https://example.com/more", False, None, None),
            ),
            transcript=(),
            disclosure=strongest([clip.ai for clip in timeline.clips]),
            fields=(),
        )
        return replace(plan, **changes)

    def show(self, plan: Plan, **options: Any) -> str:
        """The address of a page that plays it."""
        self.app.config["SHOWN"] = {**self.app.config.get("SHOWN", {}), plan.assembly_id: plan}
        query = "&".join(f"{key}={value}" for key, value in options.items())
        return f"{self.origin}/stage/{plan.assembly_id}?{query}"


def make_overlay(name: str, text: str, from_s: float, to_s: float, **changes: Any) -> PlannedOverlay:
    box = changes.pop("box", Box(x=0.07, y=0.32, width=0.6, height=0.2))
    look = changes.pop("look", Look(size=0.11, family="display", weight=700))
    made = PlannedOverlay(name, "text", text, text, None, 0, None, False, from_s, to_s, box, look)
    return replace(made, **changes)


def make_number(name: str, number: float, text: str, from_s: float, to_s: float) -> PlannedOverlay:
    box, look = Box(x=0.07, y=0.32, width=0.6, height=0.25), Look(size=0.2, family="figures", weight=700)
    return PlannedOverlay(name, "number", text, text, number, 0, None, True, from_s, to_s, box, look)


def make_stage(folder: Path, clips: int = 3) -> Stage:
    """The application over a fresh database with marked clips in it; not yet serving."""
    app = create_app(Settings(data_dir=folder, media_url="", _env_file=None))
    services: Services = app.extensions["segue"]
    Entity.metadata.create_all(services.database.engine)
    store = services.store
    made = make_clips(services.database, store, folder / "sources", clips)

    @app.get("/stage/<assembly>")
    def stage_page(assembly: str) -> str:
        view = player_json(app.config["SHOWN"][assembly], services)
        if request.args.get("hls") == "broken":
            view["playlists"] = {path: text.replace("/clips/", "/clips/x") for path, text in view["playlists"].items()}
        return render_template_string(PAGE, view=view)

    @app.get("/stage.css")
    def stage_style() -> tuple[str, int, dict[str, str]]:
        return STYLE, 200, {"Content-Type": "text/css"}

    return Stage(app, services, made)


class Serving:
    """The stage on a free port, in threads of this process, while the block runs."""

    def __init__(self, stage: Stage) -> None:
        self._server = make_server("127.0.0.1", 0, stage.app, threaded=True)
        stage.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
