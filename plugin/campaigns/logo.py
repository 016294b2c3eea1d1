"""Whether an inline SVG is a drawing and nothing more: a list of what may stand in it. Pure."""

from __future__ import annotations

import re
from xml.parsers import expat

_ELEMENTS = frozenset(
    [
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "title",
        "desc",
        "defs",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "use",
        "text",
        "tspan",
        "symbol",
    ]
)
_ATTRIBUTE = re.compile(
    r"xmlns|xmlns:xlink|version|viewBox|preserveAspectRatio|id|class|role|aria-[a-z]+|lang|xml:space"
    r"|x|y|x1|x2|y1|y2|r|rx|ry|cx|cy|fx|fy|d|dx|dy|points|width|height|offset|transform|opacity|href|xlink:href"
    r"|color|fill(-[a-z]+)?|stroke(-[a-z]+)*|stop-[a-z]+|clip-[a-z]+|clipPathUnits|mask|maskUnits"
    r"|gradient(Units|Transform)|spreadMethod|font-[a-z]+|letter-spacing|text-anchor|dominant-baseline"
)
_LOCAL = re.compile(r"url\(\s*['\"]?#[\w-]+['\"]?\s*\)")


def logo_fault(svg: str) -> str | None:
    """What is wrong with it, in words; None: it can stand in a page as it is."""
    faults: list[str] = []
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if depth == 0 and name != "svg":
            faults.append("the outermost element must be <svg>")
        depth += 1
        if name not in _ELEMENTS:
            faults.append(f"<{name}> may not stand in a logo")
        faults.extend(fault for pair in attributes.items() if (fault := _attribute_fault(*pair)))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        faults.append("a comment, CDATA, a document type, an entity or an instruction may not stand in a logo")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ProcessingInstructionHandler = refuse
    # A browser reads HTML, where both may end sooner than in XML, and what follows would be markup.
    parser.CommentHandler = parser.StartCdataSectionHandler = refuse
    try:
        parser.Parse(svg.encode(errors="replace"), True)
    except (expat.ExpatError, ValueError) as error:
        faults.append(f"not well-formed SVG: {error}")
    return faults[0] if faults else None


def _attribute_fault(name: str, value: str) -> str | None:
    if not _ATTRIBUTE.fullmatch(name):
        return f"the attribute {name!r} may not stand in a logo"
    if "\\" in value:
        # CSS reads an escape in it: `u\72l(…)` is `url(…)`.
        return "a backslash may not stand in a logo"
    if name.endswith("href") and not value.startswith("#"):
        return "a logo may refer to nothing outside itself"
    if "url(" in value.lower() and not _LOCAL.fullmatch(value.strip()):
        return "a logo may refer to nothing outside itself"
    return None
