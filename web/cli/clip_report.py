"""Reports on clips for people and programs: one JSON document, and one page that needs nothing beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from plugin.media.quality.deep import frame_of
from plugin.media.quality.records import Standing
from plugin.media.quality.report import Finding, Report, Verdict, clock
from plugin.media.quality.thresholds import CHECKS, RULES
from web.cli.clip_say import Looked

_TOKENS = Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css"
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}|/\*.*?\*/", re.DOTALL)


def as_json(looked: Looked) -> str:
    """Everything, `{"verdict", "rules", "clips": [report and "approved"], "refused", "joins"}`."""
    document = {
        "verdict": looked.verdict,
        "rules": RULES,
        "clips": [
            {
                **report.model_dump(mode="json", exclude={"edges"}),
                "verdict": standing.verdict or report.verdict,
                "approved": dict(standing.approved),
            }
            for report, standing in looked.reports
        ],
        "refused": [{"name": name, "reason": reason} for name, reason in looked.refused],
        "joins": [
            {"before": before, "after": after, "findings": [finding.model_dump(mode="json") for finding in findings]}
            for (before, after), findings in looked.joins.items()
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_table() -> str:
    """Every check with its limits and their sources, in Markdown: what the guide says."""
    lines = ["| Check | Looked for | Look | Fail | From |", "|---|---|---|---|---|"]
    for check in CHECKS.values():
        look, fail = (_limit(limit, check.unit, check.high_is_bad) for limit in (check.look, check.fail))
        lines.append("| " + " | ".join((f"`{check.kind}`", check.says, look, fail, check.source)) + " |")
    return "\n".join(lines)


def as_html(looked: Looked) -> str:
    """A page: the gravest first, each finding with its time, its picture, and the rule it breaks."""
    order = {Verdict.FAIL: 0, Verdict.LOOK: 1, Verdict.PASS: 2}
    shown = [_ShownClip.of(report, standing) for report, standing in looked.reports]
    shown.sort(key=lambda clip: (order[clip.verdict], clip.report.name))
    made = Environment(
        loader=PackageLoader("web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return made.get_template("clip_report.html").render(
        clips=[clip for clip in shown if clip.verdict != Verdict.PASS or clip.findings],
        passed=[clip for clip in shown if clip.verdict == Verdict.PASS and not clip.findings],
        counts={kind.value: sum(clip.verdict == kind for clip in shown) for kind in order},
        joins=[
            {"before": before, "after": after, "findings": [_finding(each) for each in findings]}
            for (before, after), findings in looked.joins.items()
            if findings
        ],
        joints=len(looked.joins),
        refused=looked.refused,
        verdict=looked.verdict.value,
        rules=RULES,
        tokens=_FONT_FACE.sub("", _TOKENS.read_text("utf-8")).strip(),
    )


@dataclass(frozen=True, slots=True)
class _ShownClip:
    report: Report
    verdict: Verdict
    findings: tuple[dict[str, Any], ...]
    facts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, report: Report, standing: Standing) -> _ShownClip:
        order = {Verdict.FAIL: 0, Verdict.LOOK: 1}
        findings = sorted(report.findings, key=lambda finding: (order[finding.verdict], finding.start_s or 0.0))
        return cls(
            report,
            standing.verdict or report.verdict,
            tuple(_finding(finding, report, standing) for finding in findings),
            tuple(_facts(report)),
        )


def _finding(finding: Finding, report: Report | None = None, standing: Standing | None = None) -> dict[str, Any]:
    check = CHECKS[finding.kind]
    frame = frame_of(finding, report.frames, report.duration_s) if report else None
    lasting = report.duration_s if report else 0.0
    start, end = finding.start_s, finding.end_s if finding.end_s is not None else finding.start_s
    by = standing.approved.get(finding.kind, "") if standing and finding.verdict == Verdict.LOOK else ""
    return {
        "kind": finding.kind.replace("_", " "),
        "verdict": finding.verdict.value,
        "text": finding.text,
        "when": "" if start is None else clock(start) + (f"–{clock(end)}" if end is not None and end > start else ""),
        "image": frame.image if frame else "",
        "image_at": clock(frame.at_s) if frame else "",
        "in_source": finding.in_source,
        "approved_by": by,
        "rule": check.says,
        "limits": ", ".join(_limits(check.look, check.fail, check.unit, check.high_is_bad)),
        "source": check.source,
        "left": 0.0 if start is None or not lasting else round(100 * min(start / lasting, 0.99), 2),
        "width": 100.0
        if start is None or not lasting
        else round(100 * max(((end or start) - start) / lasting, 0.01), 2),
    }


def _limits(look: float | None, fail: float | None, unit: str, high_is_bad: bool) -> Iterable[str]:
    for word, limit in (("look", look), ("fail", fail)):
        if limit is not None:
            yield f"{word} {_limit(limit, unit, high_is_bad)}"


def _limit(limit: float | None, unit: str, high_is_bad: bool) -> str:
    if limit is None:
        return "–"
    if limit == 0:
        return "any"
    return f"{'from' if high_is_bad else 'at most'} {limit:g}".replace("-", "−") + (f" {unit}" if unit else "")


def _facts(report: Report) -> Iterable[tuple[str, str]]:
    yield "Length", f"{report.duration_s:.2f} s"
    yield "Picture", f"{report.width} × {report.height}"
    for kind, name, text in (
        ("loudness", "Loudness", "{:.1f} LUFS"),
        ("true_peak", "True peak", "{:.1f} dBTP"),
        ("blur", "Blur", "{:.2f}"),
        ("upscaled", "Detail", "{:.0%} of its lines"),
    ):
        if kind in report.measured:
            yield name, text.format(report.measured[kind])
    if report.presenter:
        yield "Presenter", "promised"
