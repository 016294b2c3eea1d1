"""What became of a run's members, in numbers and, for the first without a link, by name of the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from plugin.privacy.suppress import in_words

ISSUED, REUSED = "issued", "reused"
"""Members with a link, new or the one they had."""
WRITTEN, UNCHANGED = "written", "unchanged"
"""Of those: the link was written to their record, or stood there already."""
SUPPRESSED, GONE, REFUSED = "suppressed", "gone", "refused"
"""Without a link: see the reasons; deleted in the CRM; with a link that the CRM would not take."""
KEPT = 200
"""Reasons kept of a run; the counts go on."""


@dataclass(slots=True)
class Tally:
    """A page's or a run's."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[list[str]] = field(default_factory=list)
    """`[the CRM's id, why]`."""

    def suppressed(self, member_id: str, reasons: frozenset[str]) -> None:
        """No link for them."""
        self.counts[SUPPRESSED] += 1
        self.refused.append([member_id, in_words(reasons)])

    def lost(self, kind: str, member_id: str, why: str) -> None:
        """No link reached them."""
        self.counts[kind] += 1
        self.refused.append([member_id, why[:300]])

    def on_top_of(
        self, counts: Mapping[str, int], refused: Sequence[list[str]]
    ) -> tuple[dict[str, int], list[list[str]]]:
        """Both together, as a run keeps them."""
        summed = dict(Counter(counts) + self.counts)
        return summed, [*refused, *self.refused][:KEPT]


def members_done(counts: Mapping[str, int]) -> int:
    """How many members a run has been through."""
    return sum(counts.get(kind, 0) for kind in (ISSUED, REUSED, SUPPRESSED, GONE))
