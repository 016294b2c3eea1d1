"""The pass over everything: each picture and each sample decoded once, and only what is cheap asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugin.media.contract import CANVASES
from plugin.media.probe import SourceFacts
from plugin.media.quality.detail import Detail
from plugin.media.quality.edges import Ends
from plugin.media.quality.faces import Faces
from plugin.media.quality.flashes import Flashes
from plugin.media.quality.frames import pictures
from plugin.media.quality.presenter import Presenter
from plugin.media.quality.report import Edges, Finding, found
from plugin.media.quality.sound import Heard, listen, sound_findings
from plugin.media.quality.stills import Stills
from plugin.media.timeline import FRAME_RATE

Progress = Callable[[str, float], None]
"""Told the step and how much of it is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the pass found and measured."""

    duration_s: float
    findings: tuple[Finding, ...]
    measured: dict[str, float]
    edges: Edges | None
    heard: Heard
    unchecked: tuple[str, ...]


def cheap_pass(
    path: Path,
    facts: SourceFacts,
    *,
    packaged: bool,
    faces: Faces | None = None,
    one_core: bool = False,
    progress: Progress = lambda step, done: None,
) -> Seen:
    """Look at and listen to a film; `packaged` when it is a clip's rendition and not a source.

    With `faces` the clip promises a presenter, who is looked for while its pictures are at hand. Raises `BadInput` for
    what is damaged, cut short or absurd.
    """
    progress("sound", 0.0)
    heard = listen(path, facts, levelled=packaged)
    stills, flashes, detail, ends = Stills(), Flashes(), Detail(), Ends()
    presenter = None if faces is None else Presenter(heard, facts.turn, faces)
    expected = max(facts.duration_s or heard.lasting_s, 1.0)
    last_s = step_s = 0.0
    for number, picture in enumerate(
        pictures(path, facts, counted=packaged, one_core=one_core, sound_s=heard.lasting_s)
    ):
        stills.add(picture)
        flashes.add(picture)
        detail.add(picture)
        ends.add(picture)
        if presenter:
            presenter.add(picture)
        step_s, last_s = (picture.at_s - last_s) or 1 / FRAME_RATE, picture.at_s
        if number % FRAME_RATE == 0:
            progress("picture", min(0.99, picture.at_s / expected))
    duration_s = round(last_s + step_s, 3)
    stills.end(duration_s)
    found_now = [
        *stills.findings(presenter=presenter is not None),
        *flashes.findings(),
        *detail.findings(facts.height),
        *_resolution(facts.height),
        *(presenter.findings(duration_s) if presenter else []),
        *sound_findings(heard, duration_s, levelled=packaged),
    ]
    edges = ends.edges(duration_s, stills, flashes, (heard.head_lufs, heard.tail_lufs))
    measured = {**detail.measured, **_sound_figures(heard)}
    unchecked = (
        (f"Nobody looked for the presenter: {presenter.unavailable}.",) if presenter and presenter.unavailable else ()
    )
    return Seen(duration_s, tuple(found_now), measured, edges, heard, unchecked)


def _resolution(height: int) -> list[Finding]:
    sizes = ", ".join(canvas.name for canvas in CANVASES)
    return found("resolution", height, f"It has {height} lines; clips are made at {sizes}, none larger than this.")


def _sound_figures(heard: Heard) -> dict[str, float]:
    figures = {"loudness": heard.loudness_lufs, "true_peak": heard.true_peak_dbtp}
    return {kind: round(value, 2) for kind, value in figures.items() if value is not None}
