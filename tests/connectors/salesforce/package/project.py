"""The package as it is deployed, for tests to look at: its files, its metadata, its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from xml.etree import ElementTree

from connectors.salesforce.package_build import MAIN, PackageOrder, build
from tests.connectors.salesforce.package.wsdl import METADATA

ORIGIN = "https://video.example.com"
KEY = PackageOrder(ORIGIN)
JWT = PackageOrder(ORIGIN, org_certificate="Segue_Calls", org_id="00D000000000001")
ENGAGEMENT = "Video_Engagement__c"


class Node:
    """One element of metadata, its children by name without the namespace."""

    def __init__(self, element: ElementTree.Element) -> None:
        self.element = element

    def all(self, path: str) -> list[Node]:
        """Every element at a path such as `start/filters`."""
        steps = "/".join(f"{{{METADATA}}}{step}" for step in path.split("/"))
        return [Node(found) for found in self.element.findall(steps)]

    def texts(self, path: str) -> list[str]:
        """Their texts."""
        return [node.text for node in self.all(path)]

    def one(self, path: str) -> str:
        """The text of the first, "" when there is none."""
        return next(iter(self.texts(path)), "")

    def anywhere(self, name: str) -> list[str]:
        """The texts of every element of that name, however deep."""
        return [(found.text or "").strip() for found in self.element.iter(f"{{{METADATA}}}{name}")]

    @property
    def text(self) -> str:
        """What it holds."""
        return (self.element.text or "").strip()


@cache
def files(order: PackageOrder = KEY) -> Mapping[str, bytes]:
    """By path within `force-app/main/default`."""
    return {path.removeprefix(MAIN): content for path, content in build(order).items() if path.startswith(MAIN)}


def metadata(folder: str) -> Iterator[tuple[str, Node]]:
    """Every metadata file below a folder, by its name without endings."""
    for path, content in files().items():
        if path.startswith(f"{folder}/") and path.endswith("-meta.xml"):
            yield PurePosixPath(path).name.split(".")[0], Node(ElementTree.fromstring(content))


@cache
def fields(of: str = ENGAGEMENT) -> Mapping[str, Node]:
    """An object's own fields by name, as this package brings them."""
    return dict(metadata(f"objects/{of}/fields"))


def text(path: str) -> str:
    """One file's text."""
    return files()[path].decode()
