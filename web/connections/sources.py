"""Where a CRM keeps the people a run can be over, as the screen of runs offers it; each CRM fills it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from connectors.runs.run import Source


@dataclass(frozen=True, slots=True)
class Choice:
    """One to choose; `about` stands behind its name, as a size does."""

    id: str
    name: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Choices of one kind."""

    label: str
    choices: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Wording:
    """How the CRM's people say it."""

    tab: str
    title: str
    intro: str
    one: str
    """What is chosen: 'List'."""
    find: str
    nothing: str
    """When there is none at all."""
    make_one: str
    member: str
    campaign: str = "Campaign"
    """What the links lead to."""
    by_id: str = ""
    """Label of a field to choose one by its id; "": there is none."""


class Sources(Protocol):
    """A module `web.connections.<crm>.sources`."""

    WORDING: Wording

    def find(self, installation_id: str, words: str) -> Sequence[Group]:
        """What there is by that name; raises `SegueError`."""
        ...

    def get(self, installation_id: str, chosen: str) -> Source:
        """One by its id; raises `SegueError`."""
        ...


def sources_of(crm: str) -> Sources:
    """Of a CRM."""
    return cast("Sources", import_module(f"web.connections.{crm}.sources"))
