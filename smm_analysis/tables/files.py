"""Open a table of any usual kind as text: delimited text in any encoding, Excel, SPSS. One message per bad file.

Nothing is interpreted: cells are text as a person typed it, under the number of their row as a spreadsheet shows it.
Titles, label rows, totals and notes beside the table are set apart.
"""

import csv
import hashlib
import io
import os
import re
import zipfile
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import TableError
from ..words import _
from .answers import number, totals
from .vocabulary import clean, means, platform_of, unique

MEGABYTES, MAX_COLUMNS = 50, 2_000
LOST = "\ufffc"  # a formula whose value the file does not hold
CODE = re.compile(r"[A-Za-z]{0,4}\d+(_\w+)*|\w*_\w*\d\w*")  # a header that is a code: Q1, NU01_02
FOREIGN = {b"\xd0\xcf\x11\xe0": "an Excel file of the old kind (.xls)", b"%pdf": "a PDF", b"\x89png": "a picture"}
FOREIGN |= dict.fromkeys([b"<!doctype", b"<html"], "a web page") | {b"@relation": "a file of Weka (.arff)"}
GARBLED = re.compile(r"Ã[¤¶¼Ÿ„–œ©±¡³]|(?:[ÐÑ][\x80-¿‚-™]){2}|\ufffd{2}")


@dataclass(frozen=True)
class RawTable:
    """A table as it was typed: text, None where nothing was, under the number of its row."""

    cells: pd.DataFrame
    questions: dict[str, str]  # what a column asks
    facts: dict  # name, sha256, format, said (what must be said of the file); encoding, separator, sheet, title
    rejects: list  # (row, column, value, reason)
    rows: frozenset  # the number of every row below the header that is not empty

    def demand_all_rows(self, kept, rejects) -> None:
        """Rows in = rows out + rows named, whatever was read: each is kept once, or stands in the rejects."""
        lost = self.rows - {*kept} - {row for row, column, *_rest in rejects if not column}
        if lost or len({*kept}) < len(kept):
            found = f"{len(lost)} rows lost, the first is row {min(lost, default=0)}"
            fail(self.facts["name"], "rows in = rows out + rows named", found, "The mistake is ours: please report it.")


def fail(name, rule, found, remedy):
    """The one message about a bad file."""
    raise TableError(name, rule, found, remedy) from None


def open_table(path, *, encoding=None, sheet=None) -> RawTable:
    """Read a text with a separator, .xlsx or SPSS as text; its kind is seen from the content, not from the name.

    `encoding` of a text: found out if not given; `sheet` of a workbook: the first that is visible and not empty.
    """
    if not isinstance(path, str | os.PathLike):
        fail("path", "must name a file", f"a {type(path).__name__}", "Give the file's name.")
    path, name = Path(path), clean(Path(path).name) or clean(path)
    data = _read_bytes(path, name)
    facts = {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "said": []}
    kinds = {b"PK\x03\x04": _read_workbook, b"$FL2": _read_spss, b"$FL3": _read_spss}
    try:
        rows, labels = kinds.get(data[:4], _read_text)(data, facts, encoding, sheet)
    except TableError:
        raise
    except Exception as error:  # a broken file fails in dozens of ways; none of them is the reader's business
        found = f"a broken file ({type(error).__name__})"
        fail(name, "must be a complete text, Excel workbook or SPSS file", found, "Save it again where it was made.")
    return _table_of(rows, labels, facts)


def _too_large(name, size) -> int:
    """Stop before a file is opened that needs too much memory; the limit in bytes, which SMM_MAX_MEGABYTES raises."""
    given = os.environ.get("SMM_MAX_MEGABYTES", "")
    limit = int(given) if given.isdigit() else MEGABYTES
    if size > limit * 1e6:
        remedy = f"Keep only the columns you need, or allow more: SMM_MAX_MEGABYTES={int(size / 1e6) + 1}."
        fail(name, f"a file may have {limit} MB, unpacked", f"{size / 1e6:,.0f} MB: too large", remedy)
    return limit * 10**6


def _read_bytes(path: Path, name: str) -> bytes:
    try:
        if not (path.is_file() or path.is_fifo()):  # a pipe is read once, a device never
            found = "a folder" if path.is_dir() else "no file of that name"
            fail(name, "must be a file", found, f"Check the spelling; looked in {path.parent}.")
        most = _too_large(name, path.stat().st_size)
        with path.open("rb") as file:  # a pipe has no size, and perhaps no end
            data = file.read(most + 1)
        _too_large(name, len(data))
    except OSError as error:
        found = "no permission to read it" if isinstance(error, PermissionError) else str(error)[:100]
        fail(name, "must be a readable file", found, "Close it in other programs, or copy it to your own folder.")
    if not data.strip():
        fail(name, "must hold a table", "an empty file", "Export the file again.")
    return data


def _read_text(data, facts, encoding, _sheet):
    """Rows of a delimited text."""
    name = facts["name"]
    for sign, kind in FOREIGN.items():
        if data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(sign):
            fail(name, "must be text, .xlsx or .sav", kind, "Save it as .xlsx or as CSV (UTF-8).")
    encoding = encoding or _find_encoding(data, name)
    try:
        text = data.decode(encoding).lstrip("\ufeff")
    except (LookupError, UnicodeError):
        found = f"{encoding!r}, in which its bytes are no text"
        fail("encoding", "must be the encoding of the file", found, "Try utf-8, utf-16, cp1251 or cp1252.")
    if garbled := GARBLED.search(text, 0, 2_000_000):
        found = f"garbled letters ({garbled[0]!r}, read as {encoding})"
        fail(name, "must be readable text", found, "Export it again as UTF-8, or name its encoding (Russian: cp1251).")
    hint = re.match(r'"?sep=(.)"?\s*\n', text)  # Excel's own
    text, separator = (text[hint.end() :], hint[1]) if hint else (text, _find_separator(text))
    facts |= {"format": "text", "encoding": encoding, "separator": separator}
    facts["said"].append(_("Text in {encoding}, separated by {separator!r}.").format(**facts))
    rows = _parse(text, separator, name)
    sign, top = (separator, len(rows[0]) - 1) if len(rows[0]) > 1 else (";", "".join(rows[0]).count(";"))
    whole = [len(row) == 1 and 0 < top == row[0].count(sign) for row in rows]  # a row that was quoted as a whole
    if sign == separator or all(whole):
        rows = [next(csv.reader(row, delimiter=sign)) if w else row for row, w in zip(rows, whole, strict=True)]
    return rows, None


def _find_encoding(data: bytes, name: str) -> str:
    """The encoding that the first bytes name, UTF-8, or the likeliest of one byte a letter."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return encoding
    zeros = [data[start:4000:2].count(0) / len(data[start:4000:2] or b"x") for start in (0, 1)]
    if max(zeros) > 0.3 and min(zeros) < 0.1:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    if max(zeros) > 0:
        fail(name, "must be text, .xlsx or .sav", "bytes that are no text", "Export the survey as CSV or .xlsx.")
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        data = data[:500_000]
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", data)]
    if sum(run for run in runs if run > 2) > sum(runs) / 2:  # words of foreign letters
        letters = lambda name: len(re.findall("[а-я](?=[а-я])", data.decode(name, "replace")))
        return max(("cp1251", "koi8_r", "cp866"), key=letters)
    return "cp1254" if re.search(rb"[\xf0\xfd\xfe]", data) else "cp1252"  # ğ, ı, ş are Turkish


def _find_separator(text):
    """The separator that gives the most lines one width, also the first, and among these the widest table."""
    score = {}
    for sign in ";\t,|":
        rows = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=sign, skipinitialspace=True)
        widths = [len(row) for row in islice(rows, 300) if any(map(str.strip, row))]
        width = max(widths[:5], default=0)
        share = round(np.mean([each == width for each in widths]), 1) if width > 1 else 0
        score[sign] = (share, widths[:1] == [width], width)  # a header is the surest row
    return max(score, key=score.get) if max(score.values())[0] else ","


def _parse(text, separator, name):
    """Rows in = rows out: a file whose quotes do not pair must not hide rows inside a cell."""
    csv.field_size_limit(2**31 - 1)
    read = partial(csv.reader, delimiter=separator, skipinitialspace=True)
    try:
        sound = all(True for _row in read(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        sound = False
    reader, rows, start = read(io.StringIO(text, newline="")), [], 1
    for row in reader:
        width = len(rows[0]) if rows else len(row)
        cells = row if reader.line_num > start else ()  # of a row that spans several lines
        inside = [line.count(separator) for cell in cells for line in cell.splitlines()[1:]]
        long = [k for k in inside if k >= max(3, width - 1)]
        if len(long) > 1 or (long and len(row) != width) or (not sound and cells and (any(inside) or len(row) > width)):
            found = f"one that opens after line {start} and hides the rows below it"
            fail(name, "quotation marks come in pairs", found, "Close or delete it.")
        rows.append(row)
        start = reader.line_num + 1
    return rows


def _read_workbook(data, facts, _encoding, sheet):
    """Cells of a sheet as text; LOST where a formula stands without its value."""
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        _too_large(facts["name"], sum(part.file_size for part in packed.infolist()))
        if "xl/workbook.xml" not in packed.namelist():
            fail(facts["name"], "must be an Excel workbook", "another kind of packed file", "Save it as .xlsx.")
        book, formulas = (load_workbook(io.BytesIO(data), read_only=True, data_only=values) for values in (True, False))
        visible = {each.title: each.sheet_state == "visible" for each in book.worksheets}
        if sheet is not None and sheet not in visible:
            found = ", ".join(repr(clean(title)) for title in visible)
            fail("sheet", f"must be one of {found[:200]}", repr(sheet), "Name one of these.")
        shown = [sheet] if sheet is not None else [title for title in visible if visible[title]] or [*visible]
        read = {title: _sheet_rows(book[title]) for title in shown}
        width = lambda title: max((sum(map(bool, row)) for row in read[title]), default=0)
        title = max(read, key=lambda title: min(2, width(title)))  # a sheet of notes has one column
        rows, source = read[title], packed.read(book[title]._worksheet_path)
    for row, typed in zip(rows, _sheet_rows(formulas[title]), strict=False) if b"<f" in source else ():
        row[:] = [value or (LOST if cell[:1] == "=" else "") for value, cell in zip(row, typed, strict=True)]
    others = ", ".join(repr(clean(other)) for other in visible if other != title) or _("none")
    facts |= {"format": "Excel", "sheet": clean(title)}
    facts["said"].append(_("Sheet {sheet!r}; not read: {others}.").format(**facts, others=others))
    if re.search(rb'<mergeCell ref="([A-Z]+)\d+:\1', source):
        facts["said"].append(_("Cells are merged over rows: what they say is read in the first of these only."))
    return rows, None


def _sheet_rows(worksheet) -> list[list[str]]:
    worksheet.reset_dimensions()
    return [[_text(value) for value in row] for row in worksheet.iter_rows(values_only=True)]


def _text(value) -> str:
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return "" if value is None or value != value else str(int(value) if whole else value)


def _read_spss(data, facts, _encoding, _sheet):
    """Value labels as answers, and the labels of the variables."""
    import pyreadstat

    told = pyreadstat.read_sav(io.BytesIO(data), metadataonly=True)[1]
    _too_large(facts["name"], 8 * max(told.number_rows or 0, 0) * told.number_columns)
    frame, told = pyreadstat.read_sav(io.BytesIO(data))
    for name in frame:
        labels, values = told.variable_value_labels.get(name, {}), frame[name].dropna().unique()
        frame[name] = frame[name].map({value: _text(labels.get(value, value)) for value in values})
    rows = frame.astype(object).where(frame.notna(), "").to_numpy().tolist()
    facts["format"] = "SPSS"
    return [[*frame], *rows], [re.sub(r"^\w+\.\s+", "", clean(label or "")) for label in told.column_labels]


def _table_of(rows, labels, facts: dict) -> RawTable:
    """Whatever does not become a cell is named in `rejects` or `facts`."""
    name, rows = facts["name"], {place: list(map(clean, row)) for place, row in enumerate(rows, 1)}
    rows = {place: row for place, row in rows.items() if any(row)}
    if not rows:
        fail(name, "must hold a table", "empty cells only", "Export the file again.")
    top, *below = [*rows][:3]
    if len(below) == 2 and sum(map(bool, rows[top])) == 1 < min(sum(map(bool, rows[place])) for place in below):
        facts["title"] = next(filter(None, rows.pop(top)))
        top = below[0]
    header = [re.sub(r"\s+", " ", cell) for cell in rows.pop(top)]
    if len(header) > MAX_COLUMNS:
        fail(name, f"at most {MAX_COLUMNS:,} columns", f"{len(header):,}", "Keep the columns you need.")
    if not rows:
        fail(name, "must hold at least one row", "a header only", "Export the file with its rows.")
    every = frozenset(rows)
    rejects = [(place, "", "", "an empty row") for place in range(top + 1, max(every)) if place not in every][:1000]
    width = len(header)
    if facts["format"] == "text":
        rejects += _longer_rows(rows, width, name)
    else:
        width = min(max(width, *map(len, rows.values())), MAX_COLUMNS)
    header, *filled = [(row + [""] * width)[:width] for row in (header, *rows.values())]
    rows = dict(zip(rows, filled, strict=True))
    if labels:
        questions = {column: label or column for column, label in zip(header, labels, strict=True)}
    else:
        questions = _questions(header, rows, facts, rejects)
    while rows and totals([*rows.values()][-1], [*rows.values()][:-1]):
        place, row = rows.popitem()
        rejects.append((place, "", next(filter(None, row)), "a last row of totals"))
        facts["said"].append(_("A last row of totals is left out."))
    cells = pd.DataFrame([*rows.values()], [*rows], range(width), dtype=object)
    if cells.iloc[:, len(questions) :].ne("").any(axis=None):
        facts["said"].append(_("Cells beside the table are ignored."))
    cells = cells.iloc[:, : len(questions)].set_axis([*questions], axis=1)
    reason = "a formula without a stored value: save the file in Excel"
    rejects += [(place, column, "", reason) for column in cells for place in cells.index[cells[column] == LOST]]
    cells = cells.where(~cells.isin(["", LOST]), None)
    return RawTable(cells, questions, facts, rejects, every)


def _longer_rows(rows: dict, width: int, name: str) -> list:
    """Rows with more cells than the header are emptied and rejected: nobody knows which cell was cut in two."""
    longer = {place: len(row) for place, row in rows.items() if any(row[width:])}
    if len(longer) > max(1, len(rows) / 20):
        found = f"{len(longer)} rows with more cells than the header, the first in row {min(longer)}"
        fail(name, "separators inside an answer stand in quotes", found, "Export it again as .xlsx.")
    rows |= dict.fromkeys(longer, [])
    reason = "{} cells where the header has {}: a separator inside an answer needs quotes"
    return [(place, "", "", reason.format(cells, width)) for place, cells in longer.items()]


def _questions(header: list[str], rows: dict, facts, rejects) -> dict[str, str]:
    """Columns under unique names, and what each asks: from the header and, where there are some, label rows."""
    columns = [*zip(*rows.values(), strict=True)]
    labels, skip = _labels(header, columns)
    for place in [*rows][:skip]:
        rejects.append((place, "", "", "a row of labels, no person"))
        del rows[place]
    least = len(rows) / 2 if facts["format"] == "Excel" and not skip else 0  # a note beside a sheet is no column
    inside = [i for i, column in enumerate(columns) if header[i] or sum(map(bool, column)) > least]
    questions, above = {}, ""
    for cell, label in [*zip(header, labels, strict=True)][: max(inside, default=-1) + 1]:
        above = cell or above
        below = f"{above} [{label}]" if label and above else f"column_{len(questions) + 1}"
        column = unique(cell or below, questions)
        told = CODE.fullmatch(cell) or len(label) > 3 * len(cell) > 0 or (not cell and "?" in label)
        more = f"{cell} [{label}]" if label and cell and label.casefold() not in cell.casefold() else column
        questions[column] = re.sub(r"\s+", " ", label) if label and told else more
    return questions


def _labels(header, columns) -> tuple[list[str], int]:
    """Qualtrics and SurveyMonkey put what each column asks below the header: told by JSON ids, or by the contrast."""
    first, none = [column[0] for column in columns], ([""] * len(header), 0)
    if len(columns[0]) > 1 and any(column[1].startswith('{"ImportId"') for column in columns):
        return first, 2
    told = ["" if means("response", label) else label for label in first]
    under = [bool(label) for cell, label in zip(header, first, strict=True) if not cell]
    beside = [bool(label) for cell, label in zip(header, told, strict=True) if cell]
    if len(under) > 1 and all(under) and 2 * sum(beside) <= len(beside):
        return told, 1
    contrast, codes = 0, sum(not cell or bool(CODE.fullmatch(cell)) for cell in header)
    if len(columns[0]) < 3 or codes < len(header) / 2:
        return none
    for column in columns:
        rest = [cell for cell in column[1:] if cell]
        if column[0] and rest and list(column) != [str(i + int(column[0] == "1")) for i in range(len(column))]:
            numeric = sum(number(cell) is not None for cell in rest) > 0.8 * len(rest)
            if column[0] in rest or (numeric and number(column[0]) is not None):
                return none
            named = bool(platform_of(column[0])) and not any(map(platform_of, set(rest)))
            contrast += numeric or column[0].endswith("?") or named
    return (first, 1) if contrast else none
