"""Open a table of any usual kind as text: delimited text in any encoding, Excel, SPSS. One message per bad file.

Nothing is interpreted here: cells are text as a person typed it, and the index counts the rows of the file as a
spreadsheet shows them (the header is row 1 unless a title stands above).
"""

import csv
import hashlib
import io
import os
import re
import zipfile
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import TableError
from .rows import LOST, RawTable, fail, table_of
from .vocabulary import clean

MEGABYTES = 50
SEPARATORS = ";\t,|"
FOREIGN = {
    b"\xd0\xcf\x11\xe0": "an Excel file of the old kind (.xls)",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a compressed file",
    b"PAR1": "a Parquet file",
}
GARBLED = re.compile(r"Ã[¤¶¼Ÿ„–œ©±¡³]|(?:[ÐÑ][\x80-¿‚-™]){2}|\ufffd{2}")
CYRILLIC, RUSSIAN = "".join(map(chr, range(0x430, 0x450))), ("cp1251", "koi8_r", "cp866")


def open_table(path, *, encoding=None, sheet=None, separator=None) -> RawTable:
    """Read a file as text.

    Parameters
    ----------
    path : str or path
        Text with a separator, .xlsx, or SPSS (.sav, .zsav); the kind is seen from the content, not from the name.
    encoding, separator : str, optional
        Of a text file; found out if not given.
    sheet : str, optional
        Of a workbook; default the first visible one that is not empty.

    Raises
    ------
    TableError
        If the file cannot be read as a table; the message says why and what to do.
    """
    if not isinstance(path, str | os.PathLike):
        fail("path", "must name a file", f"a {type(path).__name__}", "Give the file's name.")
    path = Path(path)
    data, name = _read_bytes(path), clean(path.name)
    facts = {"name": name, "sha256": hashlib.sha256(data).hexdigest()}
    if data[:4] in (b"$FL2", b"$FL3"):
        return _read_spss(path, facts)
    if data[:4] == b"PK\x03\x04":
        rows = _read_workbook(data, sheet, facts)
    else:
        rows = _read_text(data, encoding, separator, facts)
    return table_of(rows, facts)


def _too_large(name, size):
    """Stop before a file is opened that needs too much memory; SMM_MAX_MEGABYTES raises the limit."""
    given = os.environ.get("SMM_MAX_MEGABYTES", "")
    limit = int(given) if given.isdigit() else MEGABYTES
    if size > limit * 1e6:
        remedy = f"Keep only the columns you need, or allow more: SMM_MAX_MEGABYTES={int(size / 1e6) + 1}."
        fail(name, f"a file may have {limit} MB, unpacked", f"{size / 1e6:,.0f} MB: too large", remedy)


def _read_bytes(path: Path) -> bytes:
    name = clean(path.name) or clean(path)
    try:
        if not path.exists():
            fail(name, "must be a file", "no file of that name", f"Check the spelling; looked in {path.parent}.")
        if not path.is_file():
            fail(name, "must be a file", "a folder" if path.is_dir() else "something else", "Name a file.")
        _too_large(name, path.stat().st_size)
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        found = "no permission to read it" if isinstance(error, PermissionError) else str(error)[:100]
        fail(name, "must be a readable file", found, "Close it in other programs, or copy it to your own folder.")
    if not data.strip():
        fail(name, "must hold a table", "an empty file", "Export the file again.")
    return data


# Text -----------------------------------------------------------------------------------------------------------------


def _read_text(data, encoding, separator, facts):
    """Rows of a delimited text, by the rules of csv: quoted separators and line breaks belong to the cell."""
    name = facts["name"]
    for sign, kind in FOREIGN.items():
        if data.startswith(sign):
            fail(name, "must be text, .xlsx or .sav", kind, "Save it as .xlsx or as CSV (UTF-8).")
    text, encoding = _decode(data, name, encoding)
    if text[:200].lstrip().lower().startswith(("<!doctype", "<html")):
        fail(name, "must be a table", "a web page", "Download the answers as CSV instead of saving the page.")
    if hint := re.match(r'"?sep=(.)"?\s*\n', text):
        text, separator = text[hint.end() :], separator or hint[1]
    if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
        fail("separator", "must be one character", repr(separator), "Give ',' or ';' or a tab.")
    separator = separator or _find_separator(text)
    facts |= {"format": "text", "encoding": encoding, "separator": separator}
    return _parse(text, separator, name)


def _decode(data: bytes, name: str, encoding: str | None) -> tuple[str, str]:
    """The text and its encoding: the one given, the one its first bytes name, UTF-8, or the likeliest."""
    encoding = encoding or _find_encoding(data, name)
    try:
        text = data.decode(encoding).lstrip("\ufeff")
    except LookupError:
        fail("encoding", "must be a known encoding", repr(encoding), "Try utf-8, utf-16, cp1251 or cp1252.")
    except UnicodeError:
        fail("encoding", f"the file must be text in {encoding}", "bytes that are not", "Name its encoding.")
    if garbled := GARBLED.search(text):
        found = f"garbled letters ({garbled[0]!r}, read as {encoding})"
        fail(name, "must be readable text", found, "Export it again as UTF-8, or name its encoding (Russian: cp1251).")
    return text, encoding


def _find_encoding(data, name):
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return encoding
    head = np.frombuffer(data[:4000], dtype=np.uint8)
    if (head == 0).any():
        zeros = [(head[start::2] == 0).mean() for start in (0, 1)]
        if max(zeros) > 0.3 and min(zeros) < 0.1:
            return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        fail(name, "must be text, .xlsx or .sav", "bytes that are no text", "Export the survey as CSV or .xlsx.")
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        return _old_encoding(data[:500_000])


def _old_encoding(data: bytes) -> str:
    """Which encoding of one byte a letter? By runs of foreign letters, and by letters that no other language has."""
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", data)]
    if sum(run for run in runs if run > 2) > sum(runs) / 2:
        small = {name: sum(sign in CYRILLIC for sign in data.decode(name, "replace")) for name in RUSSIAN}
        return max(small, key=small.get)
    if len(re.findall(rb"[A-Za-z][\x81-\x84\x86-\x90\x98-\x9f]", data)) >= sum(runs) / 4 > 0:
        return "mac_roman"
    return "cp1254" if re.search(rb"[\xf0\xfd\xfe]", data) else "cp1252"  # ğ, ı, ş are Turkish


def _find_separator(text):
    """The separator that gives the most lines the width of the header, and among these the widest table."""
    score = {}
    for sign in SEPARATORS:
        rows = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=sign, skipinitialspace=True)
        widths = [len(row) for row in islice(rows, 300) if any(map(str.strip, row))]
        width = max(widths[:5], default=0)
        score[sign] = (width > 1 and round(np.mean([each == width for each in widths]), 1), width)
    return max(score, key=score.get) if max(score.values())[0] else ","


def _parse(text, separator, name):
    """Rows in = rows out: a file whose quotes do not pair must not hide rows inside a cell."""
    csv.field_size_limit(2**31 - 1)
    read = partial(csv.reader, delimiter=separator, skipinitialspace=True)
    if '"' not in text:
        return list(read(io.StringIO(text, newline="")))
    try:
        sound = all(True for _row in read(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        sound = False
    reader = read(io.StringIO(text, newline=""))
    rows, start = [], 1
    for row in reader:
        width = len(rows[0]) if rows else len(row)
        least = max(3, width - 1) if sound else max(1, width - 2)
        cells = row if reader.line_num > start else ()  # of a row that spans several lines
        inside = [line for cell in cells for line in cell.splitlines()[1:] if line.count(separator) >= least]
        if len(inside) > 1 or (inside and len(row) != width):
            found = f"one that opens after line {start} and hides the rows below it"
            fail(name, "quotation marks come in pairs", found, "Close or delete it.")
        rows.append(row)
        start = reader.line_num + 1
    return rows


# Excel and SPSS -------------------------------------------------------------------------------------------------------


def _read_workbook(data, sheet, facts):
    from openpyxl import load_workbook

    name, remedy = facts["name"], "Open it in Excel or LibreOffice and save it again as .xlsx or CSV."
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            _too_large(name, sum(part.file_size for part in packed.infolist()))
            if "xl/workbook.xml" not in packed.namelist():
                fail(name, "must be an Excel workbook", "another kind of packed file", remedy)
            formulas = any(b"<f" in packed.read(part) for part in packed.namelist() if "xl/worksheets/" in part)
        books = [load_workbook(io.BytesIO(data), read_only=True, data_only=values) for values in (True, False)]
        sheets = [each.title for each in books[0].worksheets]
        if sheet is not None and sheet not in sheets:
            found = ", ".join(repr(clean(title)) for title in sheets)
            fail("sheet", f"must be one of {found[:200]}", repr(sheet), "Name one of these.")
        shown = [each.title for each in books[0].worksheets if each.sheet_state == "visible"] or sheets
        for title in [sheet] if sheet is not None else shown:
            rows = _sheet_rows(*(book[title] for book in books[: 1 + formulas]))
            if any(any(row) for row in rows):
                break
        facts |= {"format": "Excel", "sheet": clean(title)}
        facts["other_sheets"] = [clean(other) for other in sheets if other != title]
        return rows
    except TableError:
        raise
    except Exception as error:  # a broken workbook fails in dozens of ways; none of them is the reader's business
        fail(name, "must be a complete Excel workbook", f"a broken file ({type(error).__name__})", remedy)


def _sheet_rows(values, typed=None):
    """Cells as text; LOST where a formula stands without its value."""
    for worksheet in filter(None, (values, typed)):
        worksheet.reset_dimensions()
    rows = [[_text(value) for value in row] for row in values.iter_rows(values_only=True)]
    for row, formulas in zip(rows, typed.iter_rows(values_only=True) if typed else (), strict=False):
        for place, formula in enumerate(formulas[: len(row)]):
            if not row[place] and str(formula).startswith("="):
                row[place] = LOST
    return rows


def _text(value) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return str(value)


def _read_spss(path, facts):
    """Value labels as answers, variable labels as questions; the header counts as row 1."""
    import pyreadstat

    try:
        _, told = pyreadstat.read_sav(str(path), metadataonly=True)
        _too_large(facts["name"], 8 * max(told.number_rows or 0, 0) * told.number_columns)
        frame, told = pyreadstat.read_sav(str(path))
    except TableError:
        raise
    except Exception as error:
        found = f"a broken file ({type(error).__name__})"
        fail(facts["name"], "must be a complete SPSS file", found, "Save it again in SPSS.")
    text = {}
    for column in frame:
        labels, values = told.variable_value_labels.get(column, {}), frame[column].dropna().unique()
        text[clean(column)] = frame[column].map({value: clean(_text(labels.get(value, value))) for value in values})
    if not len(frame):
        fail(facts["name"], "must hold at least one row", "a header only", "Export the file with its rows.")
    cells = pd.DataFrame(text).set_axis(range(2, len(frame) + 2)).astype(object)
    labels = (re.sub(r"^\w+\.\s+", "", clean(label or "")) for label in told.column_labels)
    questions = {column: label or column for column, label in zip(text, labels, strict=True)}
    return RawTable(cells.where(cells.notna() & (cells != ""), None), questions, facts | {"format": "SPSS"})
