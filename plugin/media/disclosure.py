"""The AI label of an assembled video: the strongest over its clips, never typed in by hand.

Vocabulary: IPTC digital source type (http://cv.iptc.org/newscodes/digitalsourcetype/) and schema.org's
`IPTCDigitalSourceEnumeration`; duty to tell: EU AI Act, Art. 50.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plugin.media.timeline import AiRole

_STRENGTH = {"none": 0, "modified": 1, "generated": 2}
_SOURCE_TYPE = {
    "modified": "CompositeWithTrainedAlgorithmicMediaDigitalSource",
    "generated": "TrainedAlgorithmicMediaDigitalSource",
}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What the viewer and machines are told; `role` none needs no label."""

    role: str
    notes: tuple[str, ...]
    voice_synthetic: bool
    source_type: str | None
    """schema.org's name, such as `TrainedAlgorithmicMediaDigitalSource`; None when nothing was made by AI."""


def strongest(roles: Iterable[AiRole]) -> Disclosure:
    """The label of a video made of parts with these roles; mixed parts make a composite."""
    parts = list(roles)
    role = max((part.role for part in parts), key=_STRENGTH.__getitem__, default="none")
    mixed = any(part.role != role for part in parts)
    return Disclosure(
        role=role,
        notes=tuple(dict.fromkeys(part.note for part in parts if part.note)),
        voice_synthetic=any(part.voice_synthetic for part in parts),
        source_type=_SOURCE_TYPE["modified"] if mixed and role != "none" else _SOURCE_TYPE.get(role),
    )
