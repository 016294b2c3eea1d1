"""A visit as a note on the contact's timeline, and its mark by which it is found again. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from connectors.hubspot.writeback.fold import revision_of
from connectors.hubspot.writeback.text import clean, cut, iso
from plugin.engagement.words import attention, sentence
from plugin.outbox.ports import Message

_LONGEST_LINE = 2_000
_MARK = "Segue visit "
_MARKED = re.compile(rf"{_MARK}([A-Za-z0-9_:-]{{1,200}})")
_TO_CONTACT = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}


@dataclass(frozen=True, slots=True)
class Summary:
    """The newest summary of a visit, and whose timeline it belongs on."""

    visit_id: str
    contact_id: str
    message: Message

    @property
    def revision(self) -> int:
        """Of its visit's summaries, from 1."""
        return revision_of(self.message.payload)

    @property
    def is_attentive(self) -> bool:
        """Whether it tells how much of the video the viewer faced the screen."""
        return bool(attention(self.message.payload))

    def bare(self) -> Summary:
        """The same without that."""
        payload = {name: value for name, value in self.message.payload.items() if name != "attention"}
        return replace(self, message=replace(self.message, payload=payload))


def body_of(visit_id: str, payload: Mapping[str, Any]) -> str:
    """The note's HTML: campaign and sentence, score with its reasons, why we think who it was, the mark.

    Between them, where the viewer agreed to it, how much they faced the screen: a line of its own, and in nothing else.
    """
    lines = [f"<p><strong>{_line(payload.get('campaign_title') or 'Video')}</strong>: {_line(sentence(payload))}</p>"]
    if payload.get("score") is not None:
        reasons = "; ".join(str(reason) for reason in _listed(payload.get("score_reasons")))
        lines.append(f"<p>Score {_line(payload['score'])} of 100{f': {_line(reasons)}' if reasons else ''}</p>")
    if said := "; ".join(str(reason) for reason in _listed(payload.get("reasons"))):
        lines.append(f"<p>Why we say so: {_line(said)}</p>")
    if faced := attention(payload):
        lines.append(f"<p>{_line(faced)}</p>")
    return "".join([*lines, f"<p>{_MARK}{escape(visit_id)}</p>"])


def visits_in(body: object) -> frozenset[str]:
    """The visits whose mark stands in a note's body, whatever HubSpot or a person made of its HTML."""
    return frozenset(_MARKED.findall(body)) if isinstance(body, str) else frozenset()


def to_create(summary: Summary) -> dict[str, Any]:
    """One input of a batch that creates notes."""
    return {
        "properties": {"hs_timestamp": iso(summary.message.occurred_at), "hs_note_body": text_of(summary)},
        "associations": [{"to": {"id": summary.contact_id}, "types": [_TO_CONTACT]}],
        "objectWriteTraceId": summary.visit_id,
    }


def to_update(summary: Summary, note_id: str) -> dict[str, Any]:
    """One input of a batch that brings notes up to date."""
    return to_say(summary.visit_id, note_id, text_of(summary))


def to_say(visit_id: str, note_id: str, body: str) -> dict[str, Any]:
    """The same, of a body that is known."""
    return {"id": note_id, "properties": {"hs_note_body": body}, "objectWriteTraceId": visit_id}


def text_of(summary: Summary) -> str:
    """The note's body."""
    return body_of(summary.visit_id, summary.message.payload)


def _line(value: object) -> str:
    return escape(cut(clean(value), _LONGEST_LINE), quote=False)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
