"""What we serve of others' work is what they published, with its licence."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

VENDOR = Path(__file__).parents[3] / "static" / "vendor"
MANIFEST: list[dict[str, Any]] = json.loads((VENDOR / "MANIFEST.json").read_text())


@pytest.mark.parametrize("item", MANIFEST, ids=lambda item: item["name"])
def test_each_file_has_the_hash_the_manifest_names(item: dict[str, Any]) -> None:
    assert item["version"]
    assert item["origin"].startswith(("https://registry.npmjs.org/", "https://pypi.org/project/"))
    assert (VENDOR / item["licence_file"]).read_text().strip()
    for name, sha256 in item["files"].items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == sha256, name


def test_nothing_is_vendored_that_the_manifest_does_not_name() -> None:
    named = {name for item in MANIFEST for name in [*item["files"], item["licence_file"]]} | {"MANIFEST.json"}

    assert {str(file.relative_to(VENDOR)) for file in VENDOR.rglob("*") if file.is_file()} == named
