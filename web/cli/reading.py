"""Files an operator names, read with care; and the services, opened for one command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from plugin.kernel.errors import BadInput
from plugin.kernel.settings import settings
from plugin.media.transcript import decode_text
from web.services import Services, make_services

MAX_STORYBOARD_BYTES = 2_000_000


@contextmanager
def opened() -> Iterator[Services]:
    """The services the settings name, let go of at the end."""
    services = make_services(settings())
    try:
        yield services
    finally:
        services.database.dispose()


def document_of(file: Path) -> dict[str, Any]:
    """A storyboard's JSON, not yet looked at; raises `BadInput` with the file's name."""
    try:
        if file.stat().st_size > MAX_STORYBOARD_BYTES:
            raise BadInput(f"{file.name}: more than {MAX_STORYBOARD_BYTES // 1_000_000} MB is no storyboard")
        document = json.loads(file.read_bytes())
    except OSError as error:
        raise BadInput(f"can't read {file.name}: {error.strerror}") from None
    except RecursionError:
        raise BadInput(f"{file.name}: nested too deep") from None
    except ValueError as error:
        raise BadInput(f"{file.name}: not JSON: {error}") from None
    if not isinstance(document, dict):
        raise BadInput(f"{file.name}: a storyboard is a JSON object")
    return document


def words_of(path: Path | None) -> str:
    """A transcript's text, empty when none is named; raises `BadInput`."""
    if path is None:
        return ""
    if path.suffix.lower() not in (".txt", ".vtt"):
        raise BadInput(f"{path.name}: a transcript is a .txt or a .vtt file")
    try:
        text = decode_text(path.read_bytes())
    except OSError as error:
        raise BadInput(f"can't read {path.name}: {error.strerror}") from None
    if path.suffix.lower() == ".vtt" and not text.startswith("WEBVTT"):
        raise BadInput(f"{path.name} lacks its first line: WEBVTT")
    return text
