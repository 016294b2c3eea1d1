"""Text and addresses of others inside Markdown, where they stay text and address (CommonMark 0.31 §2.4). Pure."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"[\\`*_\[\]<>|~]|&(?=#|\w+;)")
_AT_THE_START = re.compile(r"^(#|[-+=]|\d+(?=[.)]))")
_ENDS_A_TARGET = re.compile(r"[\s()<>\\]")


def plain(text: str) -> str:
    """The text on one line, with everything escaped that Markdown would read as markup."""
    line = _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))
    start = _AT_THE_START.match(line)
    if start is None:
        return line
    # A number becomes a list by what follows it, which is what has to be escaped.
    at = start.end() if line[0].isdigit() else 0
    return f"{line[:at]}\\{line[at:]}"


def target(url: str) -> str:
    """The address as a link's target, percent-encoded where it could end it."""
    return _ENDS_A_TARGET.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)
