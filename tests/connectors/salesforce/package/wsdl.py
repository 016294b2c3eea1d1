"""What metadata may hold, as Salesforce's own metadata WSDL says it: which elements, in which order, of which kind.

The WSDL comes with simple-salesforce and is of API 63; what is newer than that is named in `NEWER`, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import simple_salesforce

METADATA = "http://soap.sforce.com/2006/04/metadata"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_TEXT: Mapping[str, re.Pattern[str]] = {
    "xsd:boolean": re.compile("true|false"),
    "xsd:int": re.compile(r"-?\d+"),
    "xsd:double": re.compile(r"-?\d+(\.\d+)?"),
    "xsd:string": re.compile(r"(?s).+"),
}
NEWER: Mapping[tuple[str, str], str] = {
    (
        "LightningComponentBundle",
        "targetConfigs",
    ): "WSDL has it as bytes; in source it is XML that the LWC compiler reads"
}
"""Elements that this WSDL doesn't know or knows otherwise: they are passed over, with all they hold."""


@dataclass(frozen=True, slots=True)
class Part:
    """One element a type may hold."""

    name: str
    type: str
    required: bool
    many: bool


@dataclass(slots=True)
class Type:
    """A complex type's own parts in order, after those of what it extends; or what a simple type may be."""

    base: str | None = None
    parts: list[Part] = field(default_factory=list)
    values: frozenset[str] | None = None


@cache
def types() -> Mapping[str, Type]:
    """Every type of the WSDL by name."""
    tree = ElementTree.parse(Path(simple_salesforce.__file__).with_name("metadata.wsdl"))
    found: dict[str, Type] = {}
    for each in tree.iter(f"{_XSD}complexType"):
        base = next(each.iter(f"{_XSD}extension"), None)
        parts = [_part(element) for element in each.iter(f"{_XSD}element")]
        found[each.get("name", "")] = Type(None if base is None else _local(base.get("base", "")), parts)
    for each in tree.iter(f"{_XSD}simpleType"):
        values = frozenset(item.get("value", "") for item in each.iter(f"{_XSD}enumeration"))
        found[each.get("name", "")] = Type(values=values)
    return found


def parts_of(name: str) -> list[Part]:
    """What a type may hold, in order, with what it inherits."""
    own = types()[name]
    return [*(parts_of(own.base) if own.base else []), *own.parts]


def defects(root: ElementTree.Element) -> list[str]:
    """What is wrong with one metadata file, as `path: what`; none when Salesforce's schema allows it."""
    tag = root.tag.removeprefix(f"{{{METADATA}}}")
    if tag == root.tag:
        return [f"{tag}: not in the namespace of metadata"]
    if tag not in types():
        return [f"{tag}: no such kind of metadata"]
    return list(_defects(root, tag, tag, tag))


def _defects(node: ElementTree.Element, kind: str, path: str, root: str) -> Iterator[str]:
    parts = parts_of(kind)
    places = {part.name: place for place, part in enumerate(parts)}
    last, seen = -1, set()
    for child in node:
        name = child.tag.removeprefix(f"{{{METADATA}}}")
        here = f"{path}/{name}"
        if (kind, name) in NEWER:
            continue
        if name not in places:
            yield f"{here}: {kind} has no such element"
            continue
        part = parts[places[name]]
        if places[name] < last:
            yield f"{here}: stands too late, after {parts[last].name}"
        if name in seen and not part.many:
            yield f"{here}: only one may be"
        seen.add(name)
        last = max(last, places[name])
        yield from _value(child, part.type, here, root)
    # `fullName` is the file's own name in source format.
    yield from (f"{path}: lacks {part.name}" for part in parts if part.required and part.name not in seen)


def _value(node: ElementTree.Element, type_: str, path: str, root: str) -> Iterator[str]:
    name, text = _local(type_), (node.text or "").strip()
    known = types().get(name) if type_.startswith("tns:") else None
    if known is not None and known.values is None:
        yield from _defects(node, name, path, root)
    elif len(node):
        yield f"{path}: holds elements where {name} is expected"
    elif known is not None and known.values and text not in known.values:
        yield f"{path}: {text!r} is none of {name}"
    elif type_ in _TEXT and not _TEXT[type_].fullmatch(text):
        yield f"{path}: {text!r} is no {name}"


def _part(element: ElementTree.Element) -> Part:
    return Part(
        element.get("name", ""),
        element.get("type", ""),
        element.get("minOccurs") != "0",
        element.get("maxOccurs") == "unbounded",
    )


def _local(name: str) -> str:
    return name.rpartition(":")[2]
