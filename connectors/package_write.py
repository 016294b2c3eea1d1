"""Puts a CRM's package where the admin wants it: a folder, or one ZIP file."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plugin.kernel.errors import BadInput

_DATE = (1980, 1, 1, 0, 0, 0)
"""ZIP's earliest: the same project is the same file, byte for byte."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A project of ours: the file by whose `name` it is known, that name, and the folder that is all ours."""

    manifest: str
    name: str
    ours: str


def write(files: Mapping[str, bytes], out: Path, kind: Kind, *, again: bool = False) -> None:
    """Write them to `out`, a ZIP when it ends with `.zip`; raises `BadInput`.

    What is there already stays, unless `again` and it is a project of ours: then our files are written over and those
    of an earlier version taken away, and nothing else is touched.
    """
    try:
        if out.suffix.lower() == ".zip":
            _write_zip(files, out, kind, again=again)
        else:
            _write_folder(files, out, kind, again=again)
    except OSError as error:
        raise BadInput(f"{error.filename or out}: {(error.strerror or 'not writable').lower()}") from None


def _write_zip(files: Mapping[str, bytes], out: Path, kind: Kind, *, again: bool) -> None:
    if out.is_dir() or (out.exists() and not again):
        raise BadInput(f"{out} is there already; name another file, or pass --force to write over it")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(f"{kind.name}/{path}", _DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = out.with_name(out.name + ".part")
    draft.write_bytes(packed.getvalue())
    draft.replace(out)


def _write_folder(files: Mapping[str, bytes], out: Path, kind: Kind, *, again: bool) -> None:
    if out.is_file():
        raise BadInput(f"{out} is a file; name a folder, or a file that ends with .zip")
    if out.is_dir() and any(out.iterdir()):
        if not _is_ours(out, kind):
            raise BadInput(f"{out} holds something else; name a new or empty folder")
        if not again:
            raise BadInput(f"{out} holds a project already; name another folder, or pass --force to make it anew")
        _take_away_old(files, out / kind.ours, out)
    for path, content in files.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _is_ours(out: Path, kind: Kind) -> bool:
    try:
        return bool(json.loads((out / kind.manifest).read_bytes())["name"] == kind.name)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _take_away_old(files: Mapping[str, bytes], ours: Path, out: Path) -> None:
    for found in ours.rglob("*"):
        inside = found.relative_to(out)
        if found.is_file() and "node_modules" not in inside.parts and inside.as_posix() not in files:
            found.unlink()
