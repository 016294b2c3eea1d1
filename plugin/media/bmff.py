"""ISO base media file boxes (ISO/IEC 14496-12): written from parts, read without copying. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from plugin.kernel.errors import BadInput

IDENTITY_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
Bytes = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Box:
    """Where one box lies: `start` to `end`, its content from `body`."""

    kind: str
    start: int
    body: int
    end: int


def box(kind: str, *parts: Bytes) -> bytes:
    """A box around these parts."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def full_box(kind: str, version: int, flags: int, *parts: Bytes) -> bytes:
    """A box with version and flags."""
    body = b"".join(parts)
    return struct.pack(">I4sI", 12 + len(body), kind.encode(), version << 24 | flags) + body


def boxes(data: Bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes between two offsets, in order; raises `BadInput` when one claims bytes that aren't there."""
    end = len(data) if end is None else end
    while start < end:
        if end - start < 8:
            raise BadInput(f"a box header is cut off at byte {start}")
        size, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1 and end - start >= 16:
            (size,) = struct.unpack_from(">Q", data, body)
            body += 8
        if size < body - start or start + size > end:
            raise BadInput(f"box {kind!r} at byte {start} claims {size} bytes")
        yield Box(kind.decode("latin-1"), start, body, start + size)
        start += size


def find(data: Bytes, path: str, within: Box | None = None) -> list[Box]:
    """Every box at a path such as `moov/trak/mdia`."""
    found = [within] if within else [Box("", 0, 0, len(data))]
    for kind in path.split("/"):
        found = [child for parent in found for child in boxes(data, parent.body, parent.end) if child.kind == kind]
    return found


def find_one(data: Bytes, path: str, within: Box | None = None) -> Box:
    """The only box at a path, or `BadInput`."""
    found = find(data, path, within)
    if len(found) != 1:
        raise BadInput(f"{len(found)} boxes {path!r} where one belongs")
    return found[0]


def u32(data: Bytes, offset: int) -> int:
    """The big-endian 32-bit number at an offset."""
    value: int = struct.unpack_from(">I", data, offset)[0]
    return value
