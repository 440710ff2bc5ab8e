"""Open a table of any usual kind as text: delimited text in any encoding, Excel, SPSS. One message per bad file.

Nothing is interpreted here: cells are text as a person typed it, empty cells are missing, the header is the questions,
and the index counts the rows of the file as a spreadsheet shows them (the header is row 1 unless a title stands above).
"""

import csv
import hashlib
import io
import os
import re
import zipfile
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import TableError
from .vocabulary import clean, means, platform_of

MEGABYTES = 50
MAX_COLUMNS = 2_000
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
LOST = "\ufffc"  # a formula whose value the file does not hold
CODE = re.compile(r"[A-Za-z]{0,4}\d+(_\w+)*|\w*_\w*\d\w*")  # a header that is a code: Q1, NU01_02
CYRILLIC, RUSSIAN = "".join(map(chr, range(0x430, 0x450))), ("cp1251", "koi8_r", "cp866")


@dataclass(frozen=True)
class RawTable:
    """A table as it was typed.

    Attributes
    ----------
    cells : DataFrame of text
        Missing where empty; the index is the row of the file.
    questions : dict of column to str
        What a column asks, where the file says more than the column's name.
    facts : dict
        ``name, sha256, format`` and, where they apply, ``encoding, separator, sheet, other_sheets, title, label_rows,
        beside`` (cells outside the table).
    rejects : list of (row, column, value, reason)
        Rows and cells that are not in `cells`, each with its reason.
    """

    cells: pd.DataFrame
    questions: dict[str, str]
    facts: dict
    rejects: list = field(default_factory=list)


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
        _fail("path", "must name a file", f"a {type(path).__name__}", "Give the file's name.")
    path = Path(path)
    data, name = _read_bytes(path), clean(path.name)
    facts = {"name": name, "sha256": hashlib.sha256(data).hexdigest()}
    if data[:4] in (b"$FL2", b"$FL3"):
        return _read_spss(path, facts)
    if data[:4] == b"PK\x03\x04":
        rows = _read_workbook(data, sheet, facts)
    else:
        rows = _read_text(data, encoding, separator, facts)
    clear = ([cell.strip() for cell in row] if "".join(row).isprintable() else list(map(clean, row)) for row in rows)
    return _Rows(clear, facts).table()


def _fail(name, rule, found, remedy):
    raise TableError(name, rule, found, remedy) from None


def _too_large(name, size):
    """Stop before a file is opened that needs too much memory; SMM_MAX_MEGABYTES raises the limit."""
    given = os.environ.get("SMM_MAX_MEGABYTES", "")
    limit = int(given) if given.isdigit() else MEGABYTES
    if size > limit * 1e6:
        remedy = f"Keep only the columns you need, or allow more: SMM_MAX_MEGABYTES={int(size / 1e6) + 1}."
        _fail(name, f"a file may have {limit} MB, unpacked", f"{size / 1e6:,.0f} MB: too large", remedy)


def _read_bytes(path: Path) -> bytes:
    name = clean(path.name) or str(path)
    try:
        if not path.exists():
            _fail(name, "must be a file", "no file of that name", f"Check the spelling; looked in {path.parent}.")
        if not path.is_file():
            _fail(name, "must be a file", "a folder" if path.is_dir() else "something else", "Name a file.")
        _too_large(name, path.stat().st_size)
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        found = "no permission to read it" if isinstance(error, PermissionError) else str(error)[:100]
        _fail(name, "must be a readable file", found, "Close it in other programs, or copy it to your own folder.")
    if not data.strip():
        _fail(name, "must hold a table", "an empty file", "Export the file again.")
    return data


# Text -----------------------------------------------------------------------------------------------------------------


def _read_text(data, encoding, separator, facts):
    """Rows of a delimited text, by the rules of csv: quoted separators and line breaks belong to the cell."""
    name = facts["name"]
    for sign, kind in FOREIGN.items():
        if data.startswith(sign):
            _fail(name, "must be text, .xlsx or .sav", kind, "Save it as .xlsx or as CSV (UTF-8).")
    text, encoding = _decode(data, name, encoding)
    if text[:200].lstrip().lower().startswith(("<!doctype", "<html")):
        _fail(name, "must be a table", "a web page", "Download the answers as CSV instead of saving the page.")
    if hint := re.match(r'"?sep=(.)"?\s*\n', text):
        text, separator = text[hint.end() :], separator or hint[1]
    if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
        _fail("separator", "must be one character", repr(separator), "Give ',' or ';' or a tab.")
    separator = separator or _find_separator(text)
    facts |= {"format": "text", "encoding": encoding, "separator": separator}
    return _parse(text, separator, name)


def _decode(data: bytes, name: str, encoding: str | None) -> tuple[str, str]:
    """The text and its encoding: the one given, the one its first bytes name, UTF-8, or the likeliest."""
    encoding = encoding or _find_encoding(data, name)
    try:
        text = data.decode(encoding).lstrip("\ufeff")
    except LookupError:
        _fail("encoding", "must be a known encoding", repr(encoding), "Try utf-8, utf-16, cp1251 or cp1252.")
    except UnicodeError:
        _fail("encoding", f"the file must be text in {encoding}", "bytes that are not", "Name its encoding.")
    if garbled := GARBLED.search(text):
        found = f"garbled letters ({garbled[0]!r}, read as {encoding})"
        _fail(name, "must be readable text", found, "Export it again as UTF-8, or name its encoding (Russian: cp1251).")
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
        _fail(name, "must be text, .xlsx or .sav", "bytes that are no text", "Export the survey as CSV or .xlsx.")
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
    try:
        for _row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True):
            pass
        sound = True
    except csv.Error:
        sound = False
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    rows, start = [], 1
    for row in reader:
        width = len(rows[0]) if rows else len(row)
        least = max(3, width - 1) if sound else max(1, width - 2)
        cells = row if reader.line_num > start else ()  # of a row that spans several lines
        inside = [line for cell in cells for line in cell.splitlines()[1:] if line.count(separator) >= least]
        if len(inside) > 1 or (inside and len(row) != width):
            found = f"one that opens after line {start} and hides the rows below it"
            _fail(name, "quotation marks come in pairs", found, "Close or delete it.")
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
                _fail(name, "must be an Excel workbook", "another kind of packed file", remedy)
            formulas = any(b"<f" in packed.read(part) for part in packed.namelist() if "xl/worksheets/" in part)
        books = [load_workbook(io.BytesIO(data), read_only=True, data_only=values) for values in (True, False)]
        sheets = [each.title for each in books[0].worksheets]
        if sheet is not None and sheet not in sheets:
            found = ", ".join(repr(clean(title)) for title in sheets)
            _fail("sheet", f"must be one of {found[:200]}", repr(sheet), "Name one of these.")
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
        _fail(name, "must be a complete Excel workbook", f"a broken file ({type(error).__name__})", remedy)


def _sheet_rows(values, typed=None):
    """Cells as text; LOST where a formula stands without its value."""
    for worksheet in filter(None, (values, typed)):
        worksheet.reset_dimensions()
    rows = [[_cell_text(value) for value in row] for row in values.iter_rows(values_only=True)]
    for row, formulas in zip(rows, typed.iter_rows(values_only=True) if typed else (), strict=False):
        for place, formula in enumerate(formulas[: len(row)]):
            if not row[place] and str(formula).startswith("="):
                row[place] = LOST
    return rows


def _cell_text(value) -> str:
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
        _fail(facts["name"], "must be a complete SPSS file", found, "Save it again in SPSS.")
    text = {}
    for column in frame:
        labels = told.variable_value_labels.get(column, {})
        text[clean(column)] = frame[column].map(
            {value: clean(_cell_text(labels.get(value, value))) for value in frame[column].dropna().unique()}
        )
    if not len(frame):
        _fail(facts["name"], "must hold at least one row", "a header only", "Export the file with its rows.")
    cells = pd.DataFrame(text).set_axis(range(2, len(frame) + 2)).astype(object)
    labels = (re.sub(r"^\w+\.\s+", "", clean(label or "")) for label in told.column_labels)
    questions = {column: label or column for column, label in zip(text, labels, strict=True)}
    return RawTable(cells.where(cells.notna() & (cells != ""), None), questions, facts | {"format": "SPSS"})


# Header, label rows, rows, what stands beside them --------------------------------------------------------------------


class _Rows:
    """Rows of text become questions and cells; whatever does not become a cell is named in `rejects` or `facts`."""

    def __init__(self, rows, facts):
        self.rows = {number: row for number, row in enumerate(rows, 1) if any(row)}
        self.last, self.facts, self.rejects = max(self.rows, default=0), facts, []
        self.excel = facts["format"] == "Excel"

    def table(self) -> RawTable:
        name = self.facts["name"]
        if not any(re.search(r"\w", cell) for row in self.rows.values() for cell in row):
            _fail(name, "must hold a table", "empty cells only", "Export the file again.")
        header = self._header()
        if not self.rows:
            _fail(name, "must hold at least one row", "a header only", "Export the file with its rows.")
        questions = self._questions(header)
        self._leave_out_total()
        people = self._people(questions)
        cells = pd.DataFrame(list(people.values()), list(people), columns=list(questions), dtype=object)
        return RawTable(cells, questions, self.facts, self.rejects)

    def _header(self) -> list[str]:
        """The first row that is no title; what is left in self.rows are the rows below it."""
        numbers, filled = list(self.rows), [sum(map(bool, row)) for row in self.rows.values()]
        top = 0
        while top < len(numbers) - 2 and filled[top] == 1 < min(filled[top + 1 : top + 3]):
            self.facts["title"] = next(filter(None, self.rows[numbers[top]]))
            top += 1
        header = [re.sub(r"\s+", " ", cell) for cell in self.rows[numbers[top]]]
        self.rows = {number: self.rows[number] for number in numbers[top + 1 :]}
        missing = sorted(set(range(numbers[top] + 1, self.last)) - set(self.rows))
        self.rejects += [(number, "", "", "an empty row") for number in missing[:1000]]
        if len(header) > MAX_COLUMNS:
            found = f"{len(header):,}"
            _fail(self.facts["name"], f"at most {MAX_COLUMNS:,} columns", found, "Keep the columns you need.")
        longer = all(len(row) == len(header) + 1 for row in self.rows.values())
        if longer and all(row[0] == str(place) for place, row in enumerate(self.rows.values(), 1)):
            header = ["", *header]  # R writes the numbers of the rows without a header
        return header

    def _questions(self, header) -> dict[str, str]:
        """Columns under unique names, and what each asks: from the header and, where there are some, label rows."""
        rows = list(self.rows.values())
        wide = min(max(len(header), *map(len, rows)), MAX_COLUMNS) if self.excel else len(header)
        header = header + [""] * (wide - len(header))
        columns = [*zip_longest(*rows, fillvalue=""), *[("",) * len(rows)] * wide][:wide]
        labels, skip = _labels(header, columns)
        if skip:
            self.facts["label_rows"] = skip
            self.rejects += [(number, "", "", "a row of labels, no person") for number in list(self.rows)[:skip]]
            self.rows = dict(list(self.rows.items())[skip:])
        least = len(rows) / 2 if self.excel and not skip else 0  # a note beside a sheet is no column
        inside = [bool(header[i]) or sum(map(bool, columns[i])) > least for i in range(wide)]
        questions, above = {}, ""
        for i in range(max((i + 1 for i in range(wide) if inside[i]), default=0)):
            cell, label, above = header[i], labels[i], header[i] or above
            base = cell or (f"{above} [{label}]" if label and above else f"column_{i + 1}")
            column = next(each for each in (base, *(f"{base} ({k})" for k in range(2, 9999))) if each not in questions)
            told = CODE.fullmatch(cell) or len(label) > 3 * len(cell) > 0 or (not cell and "?" in label)
            more = f"{cell} [{label}]" if label and cell and label.casefold() not in cell.casefold() else column
            questions[column] = re.sub(r"\s+", " ", label) if label and told else more
        return questions

    def _leave_out_total(self):
        """A last row of totals is no person: left out, and said."""
        kept = dict(self.rows)
        while self.rows:
            number = next(reversed(self.rows))
            place, first = next((place, cell) for place, cell in enumerate(self.rows[number]) if cell)
            del self.rows[number]
            if not means("total", first) or any(row[place : place + 1] == [first] for row in self.rows.values()):
                self.rows[number] = kept[number]
                return
            self.rejects.append((number, "", first, "a last row of totals"))

    def _people(self, questions) -> dict[int, list]:
        """Every row cut or filled to the width of the table."""
        width, people, longer = len(questions), {}, []
        for number, row in self.rows.items():
            if any(row[width:]) and self.excel:
                self.facts["beside"] = self.facts.get("beside", 0) + 1
            elif any(row[width:]):
                reason = f"{len(row)} cells where the header has {width}: a separator inside an answer needs quotes"
                self.rejects.append((number, "", "", reason))
                longer.append(number)
                row = []
            reason = "a formula without a stored value: save the file in Excel"
            lost = (column for column, cell in zip(questions, row, strict=False) if cell == LOST)
            self.rejects += [(number, column, "", reason) for column in lost]
            cells = [None if cell in ("", LOST) else cell for cell in row[:width]]
            people[number] = cells + [None] * (width - len(cells))
        if len(longer) > max(1, len(people) / 20):
            found = f"{len(longer)} rows with more cells than the header, the first in row {longer[0]}"
            _fail(self.facts["name"], "separators inside an answer stand in quotes", found, "Export it again as .xlsx.")
        return people


def _labels(header, columns) -> tuple[list[str], int]:
    """Qualtrics and SurveyMonkey put what each column asks below the header: told by JSON ids, or by the contrast."""
    first, none = [column[0] for column in columns], ([""] * len(header), 0)
    if len(columns[0]) > 1 and any(column[1].startswith('{"ImportId"') for column in columns):
        return first, 2
    under = [bool(label) for cell, label in zip(header, first, strict=True) if not cell]
    beside = [not label or means("response", label) for cell, label in zip(header, first, strict=True) if cell]
    if len(under) > 1 and all(under) and 2 * sum(beside) >= len(beside):
        return [label if not means("response", label) else "" for label in first], 1
    if len(columns[0]) < 3 or 2 * sum(not cell or bool(CODE.fullmatch(cell)) for cell in header) < len(header):
        return none
    contrast = 0
    for column in columns:
        rest = [cell for cell in column[1:] if cell]
        if column[0] and rest and list(column) != [str(i + int(column[0] == "1")) for i in range(len(column))]:
            numeric = sum(bool(_NUMBER.fullmatch(cell)) for cell in rest) > 0.8 * len(rest)
            if column[0] in rest or (numeric and _NUMBER.fullmatch(column[0])):
                return none
            named = bool(platform_of(column[0])) and not any(map(platform_of, set(rest)))
            contrast += numeric or column[0].endswith("?") or named
    return (first, 1) if contrast else none


_NUMBER = re.compile(r"-?\d+([.,]\d+)?")
