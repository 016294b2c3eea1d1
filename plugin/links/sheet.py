"""Sheets of rows as people have them (CSV of any delimiter, encoding, line ending), read and written in a stream."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from plugin.kernel.errors import BadInput

DELIMITERS = ",;\t|"
HEAD = 1 << 16
"""Bytes looked at before the encoding is decided."""
MAX_LINE = 1 << 20
MAX_LINES = 200
"""A row may run over this many lines; beyond it a quote was opened and forgotten."""

_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
# Numbers, telephone numbers and opaque ids may begin with a sign; nothing else that does is safe in a spreadsheet.
_HARMLESS = re.compile(r"[+-](?:[0-9A-Za-z_-]*|[0-9 .,()/-]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the header's width, and the line it began on (1 is the file's first)."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that can't be used, and why, in words for whoever made the file."""

    line: int
    reason: str
    external_id: str = ""


class Source(Protocol):
    """Where bytes come from: a file, a pipe."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        ...


class Sheet:
    """A sheet opened for reading: its header, then its rows one by one, whatever is wrong with some of them.

    Raises `BadInput` when there is no header with `id_column`, or the encoding can't be told.
    """

    def __init__(self, source: Source, id_column: str, *, encoding: str | None = None) -> None:
        self._raw = _Counting(source)
        self.encoding, self.has_mark = _encoding(self._raw.head, encoding)
        buffered = io.BufferedReader(self._raw, HEAD)
        text = io.TextIOWrapper(buffered, self.encoding, errors="surrogateescape", newline="")
        self._lines = _Lines(text)
        self.delimiter = self._sniff(id_column)
        self.header = self._read_header(id_column)

    @property
    def bytes_read(self) -> int:
        """How far into the source we are, for a progress bar."""
        return self._raw.count

    def __iter__(self) -> Iterator[Row | Refused]:
        width = len(self.header)
        for row in self._parsed():
            if isinstance(row, Refused) or len(row.cells) == width:
                yield row
            else:
                yield Refused(row.line, _width_reason(len(row.cells), width))

    def place(self, column: str) -> int | None:
        """Where a column stands, by its name in any case; raises `BadInput` when it stands twice."""
        names = [_plain(name) for name in self.header]
        if names.count(_plain(column)) > 1:
            raise BadInput(f"the header has more than one column {column!r}")
        return names.index(_plain(column)) if _plain(column) in names else None

    def _parsed(self) -> Iterator[Row | Refused]:
        lines = self._lines
        parser = csv.reader(lines, delimiter=self.delimiter, strict=True)
        while True:
            first = lines.start_record()
            try:
                cells = next(parser)
            except StopIteration:
                return
            except (csv.Error, _RowError) as error:
                yield Refused(first, _reason(error))
                lines.give_back()
                parser = csv.reader(lines, delimiter=self.delimiter, strict=True)
                continue
            if lines.holds_foreign_bytes():
                yield Refused(
                    first, f"bytes that are not {self.encoding.upper()}; pass --encoding if the file has another"
                )
            elif cells:
                yield Row(first, cells)

    def _sniff(self, id_column: str) -> str:
        first = self._lines.peek()
        if (excel := re.fullmatch(r"sep=(.)\s*", first)) is not None:
            self._lines.drop()
            return excel[1]
        named = [mark for mark in DELIMITERS if _plain(id_column) in _names(first, mark)]
        return named[0] if named else max(DELIMITERS, key=first.count)

    def _read_header(self, id_column: str) -> list[str]:
        for row in self._parsed():
            if isinstance(row, Refused):
                raise BadInput(f"the header (line {row.line}) can't be read: {row.reason}")
            if _plain(id_column) not in map(_plain, row.cells):
                found = ", ".join(repr(name) for name in row.cells[:12])
                raise BadInput(
                    f"the header has no column {id_column!r}; it has {found}. Rename one, or pass --id-column"
                )
            return row.cells
        raise BadInput("the file is empty: its first line must name the columns")


class SheetWriter:
    """Writes rows of one width (RFC 4180, UTF-8), so that a spreadsheet opens them as text and never as formulas."""

    def __init__(self, target: IO[bytes], *, delimiter: str = ",", mark: bool = False, raw: bool = False) -> None:
        self._text = io.TextIOWrapper(target, "utf-8-sig" if mark else "utf-8", newline="")
        self._writer = csv.writer(self._text, delimiter=delimiter, lineterminator="\r\n")
        self._raw = raw

    def write(self, cells: Sequence[str]) -> None:
        """Add one row; with `raw`, without touching what might be taken for a formula."""
        self._writer.writerow(cells if self._raw else [defused(cell) for cell in cells])

    def finish(self) -> None:
        """Hand everything on to the target and let go of it, leaving it open."""
        self._text.flush()
        self._text.detach()


def defused(cell: str) -> str:
    """The cell with a leading apostrophe if a spreadsheet would run it (OWASP, CSV injection), else as it is."""
    if cell and cell[0] in "=+-@\t\r\n" and not _HARMLESS.fullmatch(cell):
        return "'" + cell
    return cell


class _RowError(Exception):
    pass


class _Lines:
    """The text's lines with their numbers; those of a row that failed can be read again."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self._record: list[str] = []
        self._next = 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self._record.append(line)
        self._next += 1
        if len(line) == MAX_LINE and line[-1] not in "\r\n":
            while (rest := self._text.readline(MAX_LINE)) and rest[-1] not in "\r\n":
                pass
            raise _RowError(f"a line longer than {MAX_LINE:,} characters")
        if len(self._record) > MAX_LINES:
            raise _RowError(f"a quote opens and does not close within {MAX_LINES} lines")
        return line

    def start_record(self) -> int:
        self._record.clear()
        return self._next

    def give_back(self) -> None:
        """Read all but the first line of this row again."""
        rest = self._record[1:]
        self._again.extendleft(reversed(rest))
        self._next -= len(rest)

    def holds_foreign_bytes(self) -> bool:
        return any(not line.isascii() and _ESCAPED_BYTE.search(line) for line in self._record)

    def peek(self) -> str:
        line = self._text.readline(MAX_LINE)
        if line:
            self._again.append(line)
        return line

    def drop(self) -> None:
        self._again.popleft()
        self._next += 1


class _Counting(io.RawIOBase):
    """A stream whose head was looked at, put together again; counts what was read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.head = b""
        while len(self.head) < HEAD and (more := source.read(HEAD - len(self.head))):
            self.head += more
        self._ahead = self.head
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._ahead[: len(view)] or self._source.read(len(view)) or b""
        self._ahead = self._ahead[len(data) :]
        view[: len(data)] = data
        self.count += len(data)
        return len(data)


def _encoding(head: bytes, asked: str | None) -> tuple[str, bool]:
    """The encoding, and whether the file carries a byte order mark."""
    if asked is not None:
        try:
            "".encode(asked)
        except LookupError:
            raise BadInput(f"no such encoding: {asked}") from None
        return asked, False
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", True
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", True
    if b"\0" in head[:4]:
        raise BadInput("this is not a text file, or it is UTF-16 without its mark; pass --encoding utf-16-le")
    if head.startswith(b"PK\x03\x04"):
        raise BadInput("this is a spreadsheet (or another zip file); save it as CSV first")
    return ("utf-8" if _is_utf8(head) else "cp1252"), False


def _is_utf8(head: bytes) -> bool:
    """Whether more of the head's foreign characters read as UTF-8 than not: one broken row is not another encoding."""
    foreign = head.decode("utf-8", "replace")
    broken = foreign.count("\ufffd")
    return broken <= sum(character > "\x7f" for character in foreign) / 2


def _names(line: str, delimiter: str) -> list[str]:
    try:
        return [_plain(name) for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _width_reason(found: int, width: int) -> str:
    return f"only {found} of {width} cells" if found < width else f"{found} cells where the header has {width}"


def _reason(error: Exception) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quote opens and never closes"
    if "expected after" in text:
        return "there is text after a closing quote"
    if "field larger" in text:
        return f"a cell longer than {csv.field_size_limit():,} characters"
    return text
