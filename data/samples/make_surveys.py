"""Write the simulated surveys again, byte for byte: `python data/samples/make_surveys.py`.

One class, 240 pupils and parents who never lived, as five programs would have exported it, with the slips of the pen
that people make. A file whose name starts with 'simulated' says so on every chart.
"""

import csv
import io
import re
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyreadstat
from openpyxl import Workbook

from smm_analysis import simulate_people

FOLDER = Path(__file__).parent
AGES = pd.Series(1.0, [*range(14, 19), *range(36, 56)]).where(lambda mix: mix.index > 18, 4.0)
ITEMS = ["instagram", "tiktok", "youtube", "facebook", "telegram", "vk", "linkedin", "whatsapp", "none"]
WORDS = {
    "en": "Instagram|TikTok (short, funny videos)|YouTube|Facebook|Telegram|VK|LinkedIn|WhatsApp|None of these",
    "de": "Insta|TikTok|YouTube|Facebook|Telegram|VKontakte|LinkedIn|WhatsApp|keines davon",
    "ru": "Инстаграм|ТикТок|Ютуб|Фейсбук|Телеграм|ВКонтакте|LinkedIn|Вотсап|никакими",
}
LABELS = {language: dict(zip(ITEMS, words.split("|"), strict=True)) for language, words in WORDS.items()}
YEARS = {"en": "years", "de": "Jahre", "ru": "лет"}
SLIPS = {"en": ("1998", "—"), "de": ("1998", "k. A."), "ru": ("1998", "нет ответа")}


def people() -> pd.DataFrame:
    """240 people with ages, platforms, weights, a sex, and eight who never came to the question about platforms."""
    drawn = simulate_people(240, age_mix=AGES, random_state=9)[0].table.copy()
    rng = np.random.default_rng(9)
    drawn["sex"] = rng.choice(["f", "m"], 240)
    drawn["weight"] = np.round(rng.gamma(16, 1 / 16, 240), 2)
    drawn.loc[rng.choice(240, 8, replace=False), drawn.columns[1:9]] = np.nan
    return drawn


def typed_age(row: int, age: float, language: str) -> str:
    """Most people type a number; some add a word, a decimal, a year of birth, or nothing that is an age."""
    if row in (57, 131):
        return SLIPS[language][row == 131]
    point = "." if language == "en" else ","
    return {3: f"{age:.0f} {YEARS[language]}", 7: f"{age:.0f}{point}5", 11: f"{age:.0f}{point}0"}.get(
        row % 29, f"{age:.0f}"
    )


def chosen(person: pd.Series, language: str) -> list[str]:
    """The options a person ticked, as the form words them."""
    uses = [item for item in LABELS[language] if person.get(item) == 1]
    asked = int(person.iloc[1:9].notna().any())
    return [LABELS[language][item] for item in uses or ["none"] * asked]


def text(rows: list[list[str]], separator: str, end: str = "\r\n") -> str:
    """Rows as a delimited text by the rules of csv."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator=end).writerows(rows)
    return buffer.getvalue()


def google_forms(table: pd.DataFrame) -> bytes:
    """UTF-8 with its mark, commas inside questions and options, time stamps in a zone."""
    head = [
        "Timestamp",
        "How old are you, in years?",
        "Which platforms do you use, if any?",
        "What should a shop post?",
    ]
    rows = [head]
    for row, person in table.iterrows():
        stamp = f"2024/01/{17 + row // 120} {8 + row % 120 // 20}:{row % 20 * 3:02}:{row * 7 % 60:02} AM GMT+5"
        wish = {0: "Prices, please", 1: "", 2: 'Less "amazing"', 3: "Photos; short videos"}[row % 4]
        rows.append([stamp, typed_age(row, person["age"], "en"), ", ".join(chosen(person, "en")), wish])
    return text(rows, ",").encode("utf-8-sig")


def two_questions(table: pd.DataFrame) -> bytes:
    """A form that cannot be read without a question: networks at home and at school; years of birth, one misspelled."""
    place = "Which networks do you use {}?"
    rows = [["Timestamp", "Your year of birth", place.format("at home"), place.format("at school"), "E-mail"]]
    for row, person in table.iterrows():
        stamp = f"2024/01/{17 + row // 120} {8 + row % 120 // 20}:{row % 20 * 3:02}:{row * 7 % 60:02} AM GMT+5"
        home = chosen(person, "en")
        school = [name for number, name in enumerate(home) if (row + number) % 3 or name == LABELS["en"]["none"]]
        born = "ninety-one" if row == 57 else f"{2024 - person['age']:.0f}"
        rows.append([stamp, born, ";".join(home), ";".join(school), f"person{row}@example.org"])
    return text(rows, ",").encode()


def german(table: pd.DataFrame) -> bytes:
    """What a German Excel saves as CSV: cp1252, semicolons, decimal commas."""
    rows = [["Zeitstempel", "Wie alt sind Sie?", "Welche Netzwerke nutzen Sie?", "Stunden täglich"]]
    for row, person in table.iterrows():
        hours = f"{0.5 + row * 7 % 9 / 2:.1f}".replace(".", ",")
        rows.append(
            [
                f"17.01.2024 08:{row % 60:02}",
                typed_age(row, person["age"], "de"),
                ", ".join(chosen(person, "de")),
                hours,
            ]
        )
    return text(rows, ";").encode("cp1252")


def russian(table: pd.DataFrame) -> bytes:
    """What a Russian Excel saves as CSV: cp1251, semicolons, decimal commas, and a survey weight."""
    rows = [["Отметка времени", "Сколько вам лет?", "Какими соцсетями вы пользуетесь?", "Вес"]]
    for row, person in table.iterrows():
        weight = f"{person['weight']:.2f}".replace(".", ",")
        rows.append(
            [
                f"17.01.2024 8:{row % 60:02}",
                typed_age(row, person["age"], "ru"),
                ", ".join(chosen(person, "ru")),
                weight,
            ]
        )
    return text(rows, ";").encode("cp1251")


def excel(table: pd.DataFrame) -> bytes:
    """A workbook with a title above the questions and one column of ticks per platform."""
    book, items = Workbook(), list(LABELS["en"])
    sheet = book.active
    sheet.append(["Class survey, January 2024 (simulated)"])
    sheet.append(["Age", *(LABELS["en"][item] for item in items), "Sex"])
    for row, person in table.iterrows():
        none = "x" if chosen(person, "en") == [LABELS["en"]["none"]] else None
        ticks = ["x" if person[item] == 1 else None for item in items[:-1]]
        age = typed_age(row, person["age"], "en")
        sheet.append([int(age) if age.isdigit() else age, *ticks, none, person["sex"]])
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_times(buffer.getvalue())


def _without_times(packed: bytes) -> bytes:
    """A workbook without the times at which its parts were made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2024-01-17T08:00:00Z", old.read(name))
            new.writestr(zipfile.ZipInfo(name, (2024, 1, 17, 8, 0, 0)), content)
    return buffer.getvalue()


def spss(table: pd.DataFrame) -> bytes:
    """Numbers with labels: 1 yes, 2 no, 9 declared missing."""
    items = list(LABELS["en"])[:-1]
    frame = pd.DataFrame({"v1": table["age"]})
    for number, item in enumerate(items, 2):
        frame[f"v{number}"] = (2 - table[item]).fillna(9)
    frame["gew"] = table["weight"]
    coded = [name for name in frame if name not in ("v1", "gew")]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "survey.sav"
        pyreadstat.write_sav(
            frame, str(path), file_label="simulated",
            column_labels=["Age in years", *(LABELS["en"][item] for item in items), "Survey weight"],
            variable_value_labels={name: {1: "yes", 2: "no", 9: "not asked"} for name in coded},
            missing_ranges={name: [9] for name in coded},
        )  # fmt: skip
        data = bytearray(path.read_bytes())
    data[92:109] = b"17 Jan 2408:00:00"  # date and time of the file's making
    return bytes(data)


def files() -> dict[str, bytes]:
    """Every sample by its name."""
    table = people()
    return {
        "simulated_google_forms.csv": google_forms(table),
        "simulated_two_questions.csv": two_questions(table),
        "simulated_excel_german.csv": german(table),
        "simulated_excel_russian.csv": russian(table),
        "simulated_class.xlsx": excel(table),
        "simulated_class.sav": spss(table),
    }


if __name__ == "__main__":
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)
