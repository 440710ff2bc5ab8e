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
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, zip_longest
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
ROWLESS = "must hold at least one row", "a header only", "Export the file with its rows."
FOREIGN = {b"\xd0\xcf\x11\xe0": "an Excel file of the old kind (.xls)", b"%PDF": "a PDF", b"\x89PNG": "a picture"}
GARBLED = re.compile(r"Ã[¤¶¼Ÿ„–œ©±¡³]|(?:[ÐÑ][\x80-¿‚-™]){2}|\ufffd{2}")


@dataclass(frozen=True)
class RawTable:
    """A table as it was typed: text, empty where nothing was, under the number of its row."""

    cells: pd.DataFrame
    questions: dict[str, str]  # what a column asks
    facts: dict  # name, sha256, format, said (what must be said of the file); encoding, separator, sheet, title
    rejects: list = field(default_factory=list)  # (row, column, value, reason)
    rows: frozenset = frozenset()  # the number of every row below the header that is not empty

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
    if data[:4] in (b"$FL2", b"$FL3"):
        return _read_spss(data, facts)
    packed = data[:4] == b"PK\x03\x04"
    return _table_of(_read_workbook(data, sheet, facts) if packed else _read_text(data, encoding, facts), facts)


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
            found = "a folder" if path.is_dir() else "no file" if path.exists() else "no file of that name"
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


def _read_text(data, encoding, facts):
    """Rows of a delimited text."""
    name = facts["name"]
    for sign, kind in FOREIGN.items():
        if data.startswith(sign):
            fail(name, "must be text, .xlsx or .sav", kind, "Save it as .xlsx or as CSV (UTF-8).")
    encoding = encoding or _find_encoding(data, name)
    try:
        text = data.decode(encoding).lstrip("\ufeff")
    except LookupError:
        fail("encoding", "must be a known encoding", repr(encoding), "Try utf-8, utf-16, cp1251 or cp1252.")
    except UnicodeError:
        fail("encoding", f"the file must be text in {encoding}", "bytes that are not", "Name its encoding.")
    if garbled := GARBLED.search(text, 0, 2_000_000):
        found = f"garbled letters ({garbled[0]!r}, read as {encoding})"
        fail(name, "must be readable text", found, "Export it again as UTF-8, or name its encoding (Russian: cp1251).")
    if text[:200].lstrip().lower().startswith(("<!doctype", "<html")):
        fail(name, "must be a table", "a web page", "Download the answers as CSV instead of saving the page.")
    hint = re.match(r'"?sep=(.)"?\s*\n', text)  # Excel's own
    text, separator = (text[hint.end() :], hint[1]) if hint else (text, _find_separator(text))
    facts |= {"format": "text", "encoding": encoding, "separator": separator}
    facts["said"].append(_("Text in {encoding}, separated by {separator!r}.").format(**facts))
    rows = _parse(text, separator, name)
    sign, top = (separator, len(rows[0]) - 1) if len(rows[0]) > 1 else (";", "".join(rows[0]).count(";"))
    whole = [len(row) == 1 and 0 < top == row[0].count(sign) for row in rows]  # a row that was quoted as a whole
    again = sign == separator or all(whole)
    return [next(csv.reader(row, delimiter=sign)) if again and w else row for row, w in zip(rows, whole, strict=True)]


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


def _read_workbook(data, sheet, facts):
    """Cells of a sheet as text; LOST where a formula stands without its value."""
    from openpyxl import load_workbook

    name, remedy = facts["name"], "Save it again as .xlsx in Excel or LibreOffice."
    with _complete(name, "Excel workbook", remedy), zipfile.ZipFile(io.BytesIO(data)) as packed:
        _too_large(name, sum(part.file_size for part in packed.infolist()))
        if "xl/workbook.xml" not in packed.namelist():
            fail(name, "must be an Excel workbook", "another kind of packed file", remedy)
        formulas = any(b"<f" in packed.read(part) for part in packed.namelist() if "xl/worksheets/" in part)
        books = [load_workbook(io.BytesIO(data), read_only=True, data_only=values) for values in (True, False)]
        sheets = {each.title: each.sheet_state == "visible" for each in books[0].worksheets}
        if sheet is not None and sheet not in sheets:
            found = ", ".join(repr(clean(title)) for title in sheets)
            fail("sheet", f"must be one of {found[:200]}", repr(sheet), "Name one of these.")
        shown = [title for title in sheets if sheets[title]] or [*sheets]
        read = {title: _sheet_rows(books[0][title]) for title in ([sheet] if sheet is not None else shown)}
        width = lambda title: max((sum(map(bool, row)) for row in read[title]), default=0)
        title = max(read, key=lambda title: min(2, width(title)))  # a sheet of notes has one column
        rows, typed = read[title], [_sheet_rows(books[1][title])] * formulas
        merged = re.search(rb'<mergeCell ref="([A-Z]+)\d+:\1', packed.read(books[0][title]._worksheet_path))
    for row, cells in zip(rows, *typed, strict=False) if typed else ():
        for i in (i for i, formula in enumerate(cells[: len(row)]) if formula.startswith("=") and not row[i]):
            row[i] = LOST
    others = ", ".join(repr(clean(other)) for other in sheets if other != title) or _("none")
    facts |= {"format": "Excel", "sheet": clean(title)}
    facts["said"].append(_("Sheet {sheet!r}; not read: {others}.").format(**facts, others=others))
    facts["said"] += [_("Cells are merged over rows: what they say is read in the first of these only.")] * bool(merged)
    return rows


@contextmanager
def _complete(name: str, kind: str, remedy: str):
    """A broken file fails in dozens of ways; none of them is the reader's business."""
    try:
        yield
    except TableError:
        raise
    except Exception as error:
        fail(name, f"must be a complete {kind}", f"a broken file ({type(error).__name__})", remedy)


def _sheet_rows(worksheet) -> list[list[str]]:
    worksheet.reset_dimensions()
    return [[_text(value) for value in row] for row in worksheet.iter_rows(values_only=True)]


def _text(value) -> str:
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return "" if value is None or value != value else str(int(value) if whole else value)


def _read_spss(data, facts) -> RawTable:
    """Value labels as answers, variable labels as questions; the header counts as row 1."""
    import pyreadstat

    name = facts["name"]
    with _complete(name, "SPSS file", "Save it again in SPSS."):
        _frame, told = pyreadstat.read_sav(io.BytesIO(data), metadataonly=True)
        _too_large(name, 8 * max(told.number_rows or 0, 0) * told.number_columns)
        frame, told = pyreadstat.read_sav(io.BytesIO(data))
    if not len(frame):
        fail(name, *ROWLESS)
    text = {}
    for column in frame:
        labels, values = told.variable_value_labels.get(column, {}), frame[column].dropna().unique()
        words = {value: clean(_text(labels.get(value, value))) for value in values}
        text[unique(clean(column), text)] = frame[column].map(words)
    cells = pd.DataFrame(text).set_axis(range(2, len(frame) + 2)).astype(object)
    labels = (re.sub(r"^\w+\.\s+", "", clean(label or "")) for label in told.column_labels)
    questions = {column: label or column for column, label in zip(text, labels, strict=True)}
    cells = cells.where(cells.notna() & (cells != ""), None)
    return RawTable(cells, questions, facts | {"format": "SPSS"}, rows=frozenset(cells.index))


def _table_of(rows, facts: dict) -> RawTable:
    """Whatever does not become a cell is named in `rejects` or `facts`."""
    clear = ([cell.strip() for cell in row] if "".join(row).isprintable() else list(map(clean, row)) for row in rows)
    lines, name = [(place, row) for place, row in enumerate(clear, 1) if any(row)], facts["name"]
    if not any(re.search(r"\w", cell) for _place, row in lines for cell in row):
        fail(name, "must hold a table", "empty cells only", "Export the file again.")
    filled = [sum(map(bool, row)) for _place, row in lines[:3]]
    if len(filled) == 3 and filled[0] == 1 < min(filled[1:]):
        facts["title"] = next(filter(None, lines.pop(0)[1]))
    (top, header), rows = lines[0], dict(lines[1:])
    if len(header) > MAX_COLUMNS:
        fail(name, f"at most {MAX_COLUMNS:,} columns", f"{len(header):,}", "Keep the columns you need.")
    if not rows:
        fail(name, *ROWLESS)
    every = frozenset(rows)
    rejects = [(i, "", "", "an empty row") for i in range(top + 1, lines[-1][0]) if i not in rows][:1000]
    questions = _questions([re.sub(r"\s+", " ", cell) for cell in header], rows, facts, rejects)
    while rows and totals([*rows.values()][-1], [*rows.values()][:-1]):
        place, row = rows.popitem()
        rejects.append((place, "", next(filter(None, row)), "a last row of totals"))
        facts["said"].append(_("A last row of totals is left out."))
    people, columns = _people(rows, list(questions), facts, rejects), list(questions)
    cells = pd.DataFrame.from_dict(people, "index", dtype=object, columns=columns)
    return RawTable(cells, questions, facts, rejects, every)


def _questions(header: list[str], rows: dict, facts, rejects) -> dict[str, str]:
    """Columns under unique names, and what each asks: from the header and, where there are some, label rows."""
    excel, lines = facts["format"] == "Excel", list(rows.values())
    wide = min(max(len(header), *map(len, lines)), MAX_COLUMNS) if excel else len(header)
    header = header + [""] * (wide - len(header))
    columns = [*zip_longest(*lines, fillvalue=""), *[("",) * len(lines)] * wide][:wide]
    labels, skip = _labels(header, columns)
    for row in list(rows)[:skip]:
        rejects.append((row, "", "", "a row of labels, no person"))
        del rows[row]
    least = len(lines) / 2 if excel and not skip else 0  # a note beside a sheet is no column
    inside = [i for i in range(wide) if header[i] or sum(map(bool, columns[i])) > least]
    questions, above = {}, ""
    for i in range(max(inside, default=-1) + 1):
        cell, label, above = header[i], labels[i], header[i] or above
        column = unique(cell or (f"{above} [{label}]" if label and above else f"column_{i + 1}"), questions)
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


def _people(rows: dict, columns: list[str], facts, rejects) -> dict[int, list]:
    """Every row cut or filled to the width of the table."""
    width, people, longer = len(columns), {}, []
    for place, row in rows.items():
        if any(row[width:]) and facts["format"] == "Excel":
            facts["said"].append(_("Cells beside the table are ignored."))
        elif any(row[width:]):
            reason = f"{len(row)} cells where the header has {width}: a separator inside an answer needs quotes"
            rejects.append((place, "", "", reason))
            longer.append(place)
            row = []
        reason, row = "a formula without a stored value: save the file in Excel", row[:width]
        rejects += [(place, columns[i], "", reason) for i in range(len(row)) if row[i] == LOST] if LOST in row else []
        people[place] = [cell if cell and cell != LOST else None for cell in row] + [None] * (width - len(row))
    if len(longer) > max(1, len(people) / 20):
        found = f"{len(longer)} rows with more cells than the header, the first in row {longer[0]}"
        fail(facts["name"], "separators inside an answer stand in quotes", found, "Export it again as .xlsx.")
    return people
