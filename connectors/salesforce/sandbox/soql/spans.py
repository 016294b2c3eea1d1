"""SOQL's named spans of days: `TODAY`, `LAST_N_DAYS:7`, `THIS_MONTH`. Pure."""

from __future__ import annotations

from datetime import date, timedelta

_DAY = timedelta(days=1)


def days(span: str, today: date) -> tuple[date, date]:
    """The first and last day of a span; weeks begin on Sunday."""
    name, _, count = span.partition(":")
    if count:
        return _counted(name, int(count), today)
    if name in ("LAST_90_DAYS", "NEXT_90_DAYS"):
        return _counted(f"{name[:4]}_N_DAYS", 90, today)
    if name.endswith(("DAY", "TOMORROW")):
        day = today + _DAY * {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}[name]
        return day, day
    shift = {"LAST": -1, "THIS": 0, "NEXT": 1}[name.split("_")[0]]
    if name.endswith("WEEK"):
        first = today - _DAY * (today.isoweekday() % 7) + timedelta(weeks=shift)
        return first, first + 6 * _DAY
    if name.endswith("YEAR"):
        return date(today.year + shift, 1, 1), date(today.year + shift, 12, 31)
    months = today.year * 12 + today.month - 1 + shift
    return _month(months), _month(months + 1) - _DAY


def _counted(name: str, count: int, today: date) -> tuple[date, date]:
    if name == "LAST_N_DAYS":
        return today - count * _DAY, today
    if name == "NEXT_N_DAYS":
        return today + _DAY, today + count * _DAY
    day = today - count * _DAY
    return day, day


def _month(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)
