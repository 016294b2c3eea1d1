"""Faults between a storyboard and how good its clips are: failed, waiting for a yes, badly joined. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plugin.campaigns.combine import groups, pairs
from plugin.campaigns.parse import Defect
from plugin.campaigns.partition import TooMany
from plugin.campaigns.storyboard import Storyboard
from plugin.media.quality.joins import join_findings
from plugin.media.quality.records import Standing
from plugin.media.quality.report import Finding, Verdict


def quality_defects(storyboard: Storyboard, standings: Mapping[str, Standing]) -> Iterator[Defect]:
    """Every fault, in the order of the document; `standings` are those of the clips that may be used, by name."""
    for at, scene in enumerate(storyboard.scenes):
        for number, choice in enumerate(scene.choices):
            for language, name in choice.clips.items():
                if name in standings:
                    fault = _clip_fault(name, standings[name])
                    if fault:
                        yield Defect(f"scenes[{at}].choices[{number}].clips.{language}", fault)
    yield from _join_defects(storyboard, standings)


def joins(storyboard: Storyboard, standings: Mapping[str, Standing]) -> dict[tuple[str, str], tuple[Finding, ...]]:
    """What is wrong where one clip follows another, for each two somebody gets in a row; clips never checked are
    left out.

    Empty when a scene asks about too much to be gone through: the storyboard is refused for that.
    """
    try:
        following = pairs(groups(storyboard))
    except TooMany:
        return {}
    out: dict[tuple[str, str], tuple[Finding, ...]] = {}
    for one, other in following:
        for language in storyboard.languages:
            names = (one.clips.get(language, ""), other.clips.get(language, ""))
            reports = [standings[name].report if name in standings else None for name in names]
            before, after = (report.edges if report else None for report in reports)
            if names not in out and before and after:
                out[names] = tuple(join_findings(before, after))
    return out


def _clip_fault(name: str, standing: Standing) -> str:
    """Why the clip may not be used; empty when it may."""
    if standing.report is None:
        return f"the clip {name!r} was never checked: segue clip check {name}"
    if standing.failed:
        first, more = standing.failed[0], len(standing.failed) - 1
        return f"the clip {name!r} failed its check: {_told(first)}" + (f" (and {more} more)" if more else "")
    if standing.waiting:
        what = _first_of(standing, standing.waiting[0])
        return (
            f"the clip {name!r} has to be looked at: {what} Use it all the same: "
            f"segue clip approve {name} --by EMAIL --note WHY"
        )
    return ""


def _first_of(standing: Standing, kind: str) -> str:
    report = standing.report
    found = [finding for finding in report.findings if finding.kind == kind] if report else []
    return _told(found[0]) if found else " ".join(report.unchecked if report else ())


def _told(finding: Finding) -> str:
    return f"{finding.text}" + (f" (at {finding.start_s:.2f} s)" if finding.start_s is not None else "")


def _join_defects(storyboard: Storyboard, standings: Mapping[str, Standing]) -> Iterator[Defect]:
    for (before, after), findings in joins(storyboard, standings).items():
        for finding in findings:
            text = f"where {after!r} follows {before!r}: {finding.text}"
            yield Defect("scenes", text, warning=finding.verdict != Verdict.FAIL)
