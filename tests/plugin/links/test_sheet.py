"""Sheets: read whatever people have, say what is wrong by line, write what no spreadsheet will run."""

from __future__ import annotations

import contextlib
import csv
import io
import tracemalloc

import pytest
from hypothesis import given, settings, strategies as st

from plugin.kernel.errors import BadInput
from plugin.links.sheet import MAX_LINE, Refused, Sheet, SheetWriter, defused


def read(data: bytes | str, **given):
    sheet = Sheet(io.BytesIO(data.encode() if isinstance(data, str) else data), "external_id", **given)
    return sheet, list(sheet)


def cells(rows):
    return [row.cells for row in rows if not isinstance(row, Refused)]


def refused(rows):
    return [(row.line, row.reason) for row in rows if isinstance(row, Refused)]


def written(rows, **given) -> bytes:
    target = io.BytesIO()
    writer = SheetWriter(target, **given)
    for row in rows:
        writer.write(row)
    writer.finish()
    return target.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_sheet_is_read_whatever_wrote_it(delimiter, ending, encoding):
    text = ending.join(['external_id,"Full name",city', '7,"Zoë, of ""A""",Köln', "8,b,c"]).replace(",", delimiter)

    sheet, rows = read(text.replace(f"Zoë{delimiter}", "Zoë,").encode(encoding))

    assert sheet.header == ["external_id", "Full name", "city"]
    assert cells(rows) == [["7", 'Zoë, of "A"', "Köln"], ["8", "b", "c"]]
    assert refused(rows) == []


def test_excel_s_own_line_about_the_delimiter_is_heeded():
    sheet, rows = read("sep=;\r\nexternal_id;a\r\n7;1,5\r\n")

    assert (sheet.delimiter, cells(rows)) == (";", [["7", "1,5"]])
    assert rows[0].line == 3


@pytest.mark.parametrize("name", ["external_id", "External ID", " EXTERNAL-ID ", "external id"])
def test_the_id_column_is_found_as_people_write_it(name):
    sheet, _ = read(f"a,{name}\n1,2\n")

    assert sheet.place("external_id") == 1


def test_rows_that_do_not_parse_are_told_by_line_and_the_others_kept():
    sheet, rows = read(
        b"external_id,name\n"  # 1
        b"1,ok\n"
        b"2,too,many\n"  # 3
        b"3\n"  # 4
        b"\n"
        b'4,"quote"then text\n'  # 6
        b'5,"multi\nline"\n'  # 7 and 8
        b"6,caf\xe9 \xc3\xa9 \xc3\xa9\n"  # 9
        b"7,ok\n"
        b'8,"never closed\n'  # 11
        b"9,ok\n"
    )

    assert cells(rows) == [["1", "ok"], ["5", "multi\nline"], ["7", "ok"], ["9", "ok"]]
    assert refused(rows) == [
        (3, "3 cells where the header has 2"),
        (4, "only 1 of 2 cells"),
        (6, "there is text after a closing quote"),
        (9, "bytes that are not UTF-8; pass --encoding if the file has another"),
        (11, "a quote opens and never closes"),
    ]
    assert [row.line for row in rows] == sorted(row.line for row in rows)
    assert sheet.encoding == "utf-8"


def test_a_forgotten_quote_costs_one_row_not_the_rest_of_the_file():
    _, rows = read("external_id,name\n" + '1,"open\n' + "".join(f"{number},x\n" for number in range(2, 1000)))

    assert refused(rows) == [(2, "a quote opens and does not close within 200 lines")]
    assert len(cells(rows)) == 998
    assert rows[1].line == 3


def test_absurd_cells_and_lines_are_refused_in_bounded_memory():
    long = "x" * (2 * MAX_LINE)
    text = f"external_id,name\n1,{'y' * 200_000}\n2,{long}\n3,ok\n"
    tracemalloc.start()

    _, rows = read(text)

    assert cells(rows) == [["3", "ok"]]
    assert [line for line, _ in refused(rows)] == [2, 3]
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"id,name\n1,2\n", "no column 'external_id'; it has 'id', 'name'"),
        (b"PK\x03\x04rest", "save it as CSV"),
        ("external_id\n1\n".encode("utf-16-le"), "utf-16-le"),
        (b'external_id,"open\n', "can't be read"),
    ],
)
def test_a_header_that_will_not_do_is_explained(data, says):
    with pytest.raises(BadInput, match=says):
        read(data)


def test_a_named_encoding_is_used_and_an_unknown_one_refused():
    assert cells(read("external_id\nж\n".encode("koi8-r"), encoding="koi8-r")[1]) == [["ж"]]
    with pytest.raises(BadInput):
        read(b"external_id\n", encoding="klingon")


def test_a_column_that_stands_twice_is_refused_when_asked_for():
    sheet, _ = read("external_id,External ID\n1,2\n")

    with pytest.raises(BadInput):
        sheet.place("external_id")


@pytest.mark.parametrize(
    "cell", ["=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "+1+cmd|x", "-2+3+cmd|' /C'!A0", "\t=1", "\r=1", "-A1(2)", "+\t1"]
)
def test_what_a_spreadsheet_would_run_is_defused(cell):
    assert defused(cell) == "'" + cell


@pytest.mark.parametrize(
    "cell", ["", "a", "-5", "+34 600 123-4", "+49 (0) 30", "-AbC_12-x", "1=1", "a@b.example", "'=1"]
)
def test_what_it_would_not_run_is_left_alone(cell):
    assert defused(cell) == cell


TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.lists(st.lists(TEXT, min_size=2, max_size=2), max_size=8), st.sampled_from(",;\t|"), st.booleans())
def test_any_text_comes_back_from_a_sheet_we_wrote(rows, delimiter, mark):
    data = written([["external_id", "x"], *rows], delimiter=delimiter, mark=mark, raw=True)

    sheet, found = read(data)

    assert (sheet.delimiter, sheet.has_mark) == (delimiter, mark)
    assert cells(found) == rows
    assert refused(found) == []


@given(st.lists(TEXT, max_size=8))
def test_what_is_not_defused_is_written_as_it_is(row):
    data = written([["external_id", *row]])

    back = next(csv.reader(io.StringIO(data.decode(), newline="")))

    assert back == ["external_id", *map(defused, row)]
    assert all(cell == given or cell == "'" + given for cell, given in zip(back[1:], row, strict=True))
    assert not any(cell.startswith(("=", "@", "\t", "\r")) for cell in back)


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data):
    _, rows = read(b"external_id,name\n" + data)

    assert all(row.line >= 2 for row in rows)
    assert all(len(row) == 2 for row in cells(rows))


@given(st.binary(max_size=300))
def test_no_header_breaks_the_reader(data):
    with contextlib.suppress(BadInput):
        read(data)
