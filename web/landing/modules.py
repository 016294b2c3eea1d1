"""Which script files a page will need: followed through their imports, so that the browser asks for all at once."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "static"
_IMPORT = re.compile(r"""^(?:import|export)\b[^"';]*?["'](\.[^"']+\.m?js)["']""", re.M)


@cache
def modules(entry: str) -> tuple[str, ...]:
    """Paths under `/static` of everything `entry` imports statically, each once, itself left out."""
    found: dict[str, None] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        for imported in _IMPORT.findall((STATIC / name).read_text()):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(name), imported))
            if path not in found and path != entry:
                found[path] = None
                waiting.append(path)
    return tuple(f"/static/{path}" for path in found)
