"""Rows of text become questions and cells; titles, label rows, totals and notes beside the table are set apart."""

import re
from dataclasses import dataclass, field
from itertools import zip_longest

import pandas as pd

from ..errors import TableError
from .vocabulary import clean, means, platform_of

MAX_COLUMNS = 2_000
LOST = "\ufffc"  # a formula whose value the file does not hold
CODE = re.compile(r"[A-Za-z]{0,4}\d+(_\w+)*|\w*_\w*\d\w*")  # a header that is a code: Q1, NU01_02
NUMBER = re.compile(r"-?\d+([.,]\d+)?")


@dataclass(frozen=True)
class RawTable:
    """A table as it was typed.

    `cells`: text, missing where empty, indexed by the row of the file. `questions`: what a column asks, where the file
    says more than its name. `facts`: ``name, sha256, format`` and, where they apply, ``encoding, separator, sheet,
    other_sheets, title, label_rows, beside`` (cells outside the table). `rejects`: (row, column, value, reason) of what
    is not in the cells.
    """

    cells: pd.DataFrame
    questions: dict[str, str]
    facts: dict
    rejects: list = field(default_factory=list)


def fail(name, rule, found, remedy):
    """The one message about a bad file."""
    raise TableError(name, rule, found, remedy) from None


def table_of(rows, facts: dict) -> RawTable:
    """A table from its rows of text."""
    clear = ([cell.strip() for cell in row] if "".join(row).isprintable() else list(map(clean, row)) for row in rows)
    return _Rows(clear, facts).table()


class _Rows:
    """Rows of text become questions and cells; whatever does not become a cell is named in `rejects` or `facts`."""

    def __init__(self, rows, facts):
        self.rows = {number: row for number, row in enumerate(rows, 1) if any(row)}
        self.last, self.facts, self.rejects = max(self.rows, default=0), facts, []
        self.excel = facts["format"] == "Excel"

    def table(self) -> RawTable:
        name = self.facts["name"]
        if not any(re.search(r"\w", cell) for row in self.rows.values() for cell in row):
            fail(name, "must hold a table", "empty cells only", "Export the file again.")
        header = self._header()
        if not self.rows:
            fail(name, "must hold at least one row", "a header only", "Export the file with its rows.")
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
            fail(self.facts["name"], f"at most {MAX_COLUMNS:,} columns", found, "Keep the columns you need.")
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
            fail(self.facts["name"], "separators inside an answer stand in quotes", found, "Export it again as .xlsx.")
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
            numeric = sum(bool(NUMBER.fullmatch(cell)) for cell in rest) > 0.8 * len(rest)
            if column[0] in rest or (numeric and NUMBER.fullmatch(column[0])):
                return none
            named = bool(platform_of(column[0])) and not any(map(platform_of, set(rest)))
            contrast += numeric or column[0].endswith("?") or named
    return (first, 1) if contrast else none
