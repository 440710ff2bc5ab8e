"""Open a table of any usual kind as text: delimited text in any encoding, Excel, SPSS. One message per bad file.

Nothing is interpreted here: cells are text as a person typed it, empty cells are missing, the header is the questions.
"""

import csv
import io
import os
import re
import zipfile
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from charset_normalizer import from_bytes

from ..errors import TableError
from .answers import means

MEGABYTES = 50
MAX_COLUMNS = 2_000
SEPARATORS = (";", "\t", ",", "|")
FOREIGN = {
    b"\xd0\xcf\x11\xe0": "an Excel file of the old kind (.xls)",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a compressed file",
    b"PAR1": "a Parquet file",
}
GARBLED = re.compile("\ufffd|Ã[¤¶¼Ÿ„–œ©]|(?:[ÐÑ][\x80-¿Œ-™]){2,}|[À-ÖØ-öø-ÿ]{5,}")


@dataclass(frozen=True)
class RawTable:
    """A table as it was typed: text cells, the question of every column, facts about the file, broken lines."""

    cells: pd.DataFrame
    questions: dict[str, str]
    facts: dict
    rejects: list = field(default_factory=list)


def open_table(path, *, separator=None, encoding=None, sheet=None) -> RawTable:
    """Read a file as text.

    Parameters
    ----------
    path : str or path
        Text with a separator, .xlsx, or SPSS (.sav, .zsav); the kind is seen from the content, not from the name.
    separator, encoding : str, optional
        Of a text file; found out if not given.
    sheet : str or int, optional
        Of a workbook; default the first one that is not empty.

    Raises
    ------
    TableError
        If the file cannot be read as a table; the message says why and what to do.
    """
    if not isinstance(path, str | os.PathLike):
        _fail("path", "must name a file", f"a {type(path).__name__}", "Give the file's name.")
    data = _read_bytes(Path(path))
    name = Path(path).name
    if data[:4] == b"PK\x03\x04":
        rows, facts = _read_workbook(data, name, sheet)
    elif data[:4] in (b"$FL2", b"$FL3"):
        return _read_spss(Path(path))
    else:
        rows, facts = _read_text(data, name, separator, encoding)
    return _with_header(rows, facts, name)


def _fail(name, rule, found, remedy):
    raise TableError(name, rule, found, remedy) from None


def _limit() -> int:
    """Bytes that may be opened; the environment variable SMM_MAX_MEGABYTES raises it."""
    given = os.environ.get("SMM_MAX_MEGABYTES", "")
    return int(given if given.isdigit() else MEGABYTES) * 1_000_000


def _too_large(name, size, what="the file is"):
    if size > _limit():
        _fail(
            name,
            f"a survey may have {_limit() // 1_000_000} MB",
            f"{size / 1e6:,.0f} MB ({what} too large to open at once)",
            f"Keep only the columns you need, or allow more: SMM_MAX_MEGABYTES={int(size / 1e6) + 1}.",
        )


def _read_bytes(path: Path) -> bytes:
    name = path.name or str(path)
    try:
        if not path.exists():
            _fail(
                name,
                "must be a file",
                "no file of that name",
                f"Check the spelling; looked in {path.resolve().parent}.",
            )
        if path.is_dir():
            _fail(name, "must be a file", "a folder", "Name the file inside it.")
        _too_large(name, path.stat().st_size)
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        denied = isinstance(error, PermissionError)
        found = "no permission to read it" if denied else getattr(error, "strerror", None) or str(error)
        _fail(name, "must be a readable file", found, "Close it in other programs, or copy it to your own folder.")
    if not data.strip():
        _fail(name, "must hold a table", "an empty file", "Export the file again.")
    return data


# Text -----------------------------------------------------------------------------------------------------------------


def _read_text(data, name, separator, encoding):
    """Rows of a delimited text, by the rules of csv: quoted separators and line breaks belong to the cell."""
    for sign, kind in FOREIGN.items():
        if data.startswith(sign):
            _fail(name, "must be text, .xlsx or .sav", kind, "Save it as .xlsx or as CSV (UTF-8).")
    text, encoding = decode(data, name, encoding)
    if text[:200].lstrip().lower().startswith(("<!doctype", "<html")):
        _fail(name, "must be a table", "a web page", "Download the answers as CSV instead of saving the page.")
    first, _, rest = text.partition("\n")
    hint = re.fullmatch(r'"?sep=(.)"?\s*', first)
    if hint:
        text, separator = rest, separator or hint[1]
    if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
        _fail("separator", "must be one character", repr(separator), "Give ',' or ';' or a tab.")
    separator = separator or _find_separator(text)
    return _parse(text, separator, name), {"format": "text", "encoding": encoding, "separator": separator}


def decode(data: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    """The text and its encoding: the one given, the one its first bytes name, UTF-8, or the best guess."""
    if encoding is None:
        encoding = _find_encoding(data, name)
    try:
        text = data.decode(encoding).lstrip("\ufeff")
    except LookupError:
        _fail("encoding", "must be a known encoding", repr(encoding), "Try utf-8, utf-16, cp1251 or cp1252.")
    except UnicodeError:
        _fail("encoding", f"the file must be text in {encoding}", "bytes that are not", "Leave the encoding out.")
    garbled = GARBLED.search(text[: text.find("\n", 200) + 1 or None])
    words = re.findall(r"[^\x00-\x7f]{3,}", text)
    if garbled or sum(bool(GARBLED.search(word)) for word in words) > max(3, len(words) / 2):
        sample = garbled[0] if garbled else next(word for word in words if GARBLED.search(word))
        _fail(name, "must be readable text", f"garbled letters ({sample[:12]!r}, read as {encoding})",
              "Export it again as UTF-8, or name its encoding, for Russian mostly cp1251.")  # fmt: skip
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
        guess = from_bytes(data[:200_000], cp_isolation=["cp1251", "cp1252", "koi8_r", "cp866", "mac_cyrillic"]).best()
        runs = re.findall(rb"[\xc0-\xff]+", data)
        cyrillic = sum(len(run) for run in runs if len(run) > 2) > sum(map(len, runs)) / 2
        if cyrillic:
            return guess.encoding if guess and guess.encoding != "cp1252" else "cp1251"
        return "cp1252" if not re.search(rb"[\x81\x8d\x8f\x90\x9d]", data) else "latin-1"


def _find_separator(text):
    """The separator that gives the most lines the width of the header, and among these the widest table."""
    sample = text[:200_000]
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        rows = islice(csv.reader(io.StringIO(sample, newline=""), delimiter=separator, skipinitialspace=True), 300)
        rows = [row for row in rows if any(cell.strip() for cell in row)]
        width = max((len(row) for row in rows[:3]), default=0)
        if width > 1:
            alike = np.mean([len(row) == width for row in rows])
            if (round(alike, 1), width) > best_score:
                best, best_score = separator, (round(alike, 1), width)
    return best


def _parse(text, separator, name):
    csv.field_size_limit(2**31 - 1)
    for strict in (True, False):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict, skipinitialspace=True)
        rows, start = [], 0
        try:
            for row in reader:
                rows.append(row)
                start = reader.line_num
        except csv.Error as error:
            if "unexpected end" in str(error):
                _fail(name, "quotation marks come in pairs", f"an open one after line {start}", "Close or delete it.")
            continue
        return rows
    return rows


# Excel and SPSS -------------------------------------------------------------------------------------------------------


def _read_workbook(data, name, sheet):
    from openpyxl import load_workbook

    remedy = "Open it in Excel or LibreOffice and save it again as .xlsx or CSV."
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            _too_large(name, sum(part.file_size for part in packed.infolist()), "unpacked it would be")
            if "xl/workbook.xml" not in packed.namelist():
                _fail(name, "must be an Excel workbook", "another kind of packed file", remedy)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        names = book.sheetnames
        if sheet is not None and sheet not in names and sheet not in range(len(names)):
            _fail("sheet", f"must be one of {', '.join(names)}", repr(sheet), "Name one of these.")
        chosen = names if sheet is None else [names[sheet] if isinstance(sheet, int) else sheet]
        for title in chosen:
            worksheet = book[title]
            worksheet.reset_dimensions()
            rows = [[_cell_text(value) for value in row] for row in worksheet.iter_rows(values_only=True)]
            if any(any(row) for row in rows):
                break
        return rows, {"format": "Excel", "sheet": title, "other_sheets": [other for other in names if other != title]}
    except TableError:
        raise
    except Exception as error:  # a broken workbook fails in dozens of ways; none of them is the reader's business
        _fail(name, "must be a complete Excel workbook", f"a broken file ({type(error).__name__})", remedy)


def _cell_text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return str(value)


def _read_spss(path):
    import pyreadstat

    try:
        _, facts = pyreadstat.read_sav(str(path), metadataonly=True)
        _too_large(path.name, 8 * max(facts.number_rows or 0, 0) * facts.number_columns, "unpacked it would be")
        frame, facts = pyreadstat.read_sav(str(path), apply_value_formats=True)
    except TableError:
        raise
    except Exception as error:
        _fail(path.name, "must be a complete SPSS file", f"a broken file ({error})", "Save it again in SPSS.")
    cells = frame.astype(object).map(lambda value: "" if pd.isna(value) else _cell_text(value).strip())
    questions = {name: label or name for name, label in zip(frame, facts.column_labels, strict=True)}
    if not len(cells):
        _fail(path.name, "must hold at least one row", "a header only", "Export the file with its rows.")
    return _finished(cells, questions, {"format": "SPSS"}, [])


# Header ---------------------------------------------------------------------------------------------------------------


def _with_header(rows, facts, name):
    """Split header and people; Qualtrics has three lines of header, a sheet made by hand may have a title above."""
    rows = [[cell.strip() for cell in row] for row in rows]
    filled = [row for row in rows if any(row)]
    if not any(re.search(r"\w", cell) for row in filled for cell in row):
        _fail(name, "must hold a table", "empty cells only", "Export the file again.")
    facts = {**facts, "empty_rows": len(rows) - len(filled)} if len(rows) > len(filled) else facts
    while len(filled) > 2 and sum(map(bool, filled[0])) == 1 and sum(map(bool, filled[1])) > 1:
        facts = {**facts, "title": next(filter(None, filled[0]))}
        filled = filled[1:]
    header, people = filled[0], filled[1:]
    while header and not header[-1] and not any(len(row) >= len(header) and row[len(header) - 1] for row in people):
        header = header[:-1]
    if len(header) > MAX_COLUMNS:
        _fail(name, f"a survey has at most {MAX_COLUMNS:,} columns", f"{len(header):,}", "Keep the columns you need.")
    names = [re.sub(r"\s+", " ", cell) or f"column_{number}" for number, cell in enumerate(header, 1)]
    questions = dict(zip(names, names, strict=True))
    if len(people) > 1 and any(cell.startswith('{"ImportId"') for cell in people[1]):
        texts = people[0] + names[len(people[0]) :]
        questions = {name: re.sub(r"\s+", " ", text) or name for name, text in zip(names, texts, strict=False)}
        facts, people = {**facts, "layout": "Qualtrics"}, people[2:]
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        where = [str(number) for number, name in enumerate(names, 1) if name == double]
        _fail(name, "columns have different names", f"{double!r} in columns {' and '.join(where)}", "Rename one.")
    if not people:
        _fail(name, "must hold at least one row", "a header only", "Export the file with its rows.")
    totals = [row for row in people if means("total", next(filter(None, row)))]
    if totals:
        facts, people = {**facts, "total_rows": len(totals)}, [row for row in people if row not in totals]
    rejects = []
    for number, row in enumerate(people):
        if any(row[len(names) :]):
            reason = f"{len(row)} cells where the header has {len(names)}: a separator inside an answer needs quotes"
            rejects.append((number, "", " | ".join(row)[:200], reason))
            row = people[number] = []
        people[number] = (row + [""] * len(names))[: len(names)]
    return _finished(pd.DataFrame(people, columns=names), questions, facts, rejects)


def _finished(cells, questions, facts, rejects):
    return RawTable(cells.mask(cells == "").astype(object), questions, facts, rejects)
