"""A story as it is read back after publication, made without a database."""

from __future__ import annotations

from typing import Any

from plugin.campaigns.storyboard import Storyboard
from plugin.decisions.make_plan import make_plan
from plugin.decisions.plan import Plan
from plugin.decisions.story import Story
from plugin.fields.read import read_fields
from tests.plugin.campaigns.boards import clips_for, make_board


def make_story(board: Storyboard | None = None, **frames: int) -> Story:
    board = board or make_board()
    return Story(
        version_id="version",
        campaign_id="campaign",
        version=1,
        storyboard=board,
        clips={name: clip.facts for name, clip in clips_for(board, **frames).items()},
        derived={
            "public": dict.fromkeys(board.languages, "public-assembly"),
            "duration_s": {language: [6.4, 9.6] for language in board.languages},
        },
    )


def plan_for(story: Story, language: str | None = None, /, **values: Any) -> Plan:
    """The plan of a person whose contact has these properties."""
    record = {f"contact.{name}": value for name, value in values.items()}
    profile = read_fields(story.storyboard.fields, record)
    return make_plan(story, profile, name_assembly="+".join, language=language)
