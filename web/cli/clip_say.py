"""What a check of clips says on the terminal, while it looks and when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from plugin.media.quality.records import Standing
from plugin.media.quality.report import Finding, Report, Verdict, clock, worst

Tell = Callable[[str], Callable[[str, float], None]]


@dataclass
class Looked:
    """Everything one call looked at."""

    reports: list[tuple[Report, Standing]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """What can't be looked at, by name, and why."""
    joins: dict[tuple[str, str], tuple[Finding, ...]] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """Of all together; what somebody said yes to passes."""
        clips = [standing.verdict or Verdict.LOOK for _, standing in self.reports]
        failed = [Verdict.FAIL] if self.refused else []
        return worst([*failed, *clips, *(finding.verdict for found in self.joins.values() for finding in found)])


@contextmanager
def telling() -> Iterator[Tell]:
    """A bar on the terminal: call what it gives with a name, and what that gives with a step and how much is done."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.fields[subject]:<24} {task.description:<9}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=1.0, subject="")

        def tell(subject: str) -> Callable[[str, float], None]:
            bar.reset(task, subject=subject)
            return lambda step, done: bar.update(task, description=step, completed=done)

        yield tell


def say(looked: Looked) -> None:
    """Tell it on the terminal, a line for each finding."""
    for name, reason in looked.refused:
        click.echo(f"{_coloured(Verdict.FAIL)}  {name}  {reason}")
    for report, standing in looked.reports:
        verdict = standing.verdict or report.verdict
        size = f"{report.width}×{report.height}"
        click.echo(f"{_coloured(verdict)}  {report.name}  {report.duration_s:.2f} s  {size}{_figures(report)}")
        for finding in report.findings:
            click.echo(f"      {_line(finding)}{_yes(standing, finding)}")
        for sentence in report.unchecked:
            click.echo(f"      look  {sentence}")
    for (before, after), findings in looked.joins.items():
        for finding in findings:
            click.echo(f"{_coloured(finding.verdict)}  {before} → {after}  {finding.text}")
    clean = sum(not findings for findings in looked.joins.values())
    if looked.joins:
        click.echo(f"{len(looked.joins)} joints, {clean} without a finding")
    unread = f", {len(looked.refused)} refused" if looked.refused else ""
    click.echo(f"{len(looked.reports)} looked at{unread}: {looked.verdict}")


def _line(finding: Finding) -> str:
    when = "whole" if finding.start_s is None else clock(finding.start_s)
    if finding.start_s is not None and finding.end_s is not None:
        when += f"–{clock(finding.end_s)}"
    return f"{finding.verdict:<5} {when:<18} {finding.kind:<17} {finding.text}"


def _figures(report: Report) -> str:
    told = {"loudness": "{:.1f} LUFS", "true_peak": "{:.1f} dBTP", "blur": "blur {:.2f}"}
    parts = [text.format(report.measured[kind]) for kind, text in told.items() if kind in report.measured]
    return "".join(f"  {part}" for part in parts)


def _yes(standing: Standing, finding: Finding) -> str:
    by = standing.approved.get(finding.kind) if finding.verdict == Verdict.LOOK else None
    return f" – {by} said yes" if by else ""


def _coloured(verdict: Verdict) -> str:
    colour = {Verdict.PASS: "green", Verdict.LOOK: "yellow", Verdict.FAIL: "red"}[verdict]
    return click.style(f"{verdict:<4}", fg=colour, bold=True)
