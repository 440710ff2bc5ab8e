"""Random files whose truth is known: surveys, orders and frames, clean, dirty and damaged.

A survey or a shop is drawn from a seed (language, coding, layout, kind of file, junk rows). `DIRT` may lie in any file
and changes nothing that is true; `HARM` breaks a file, so that only its rows can be counted.
"""

import csv
import io
import re

import numpy as np
import pandas as pd
from openpyxl import Workbook

PLATFORMS = {
    "instagram": "Instagram",
    "tiktok": "TikTok",
    "youtube": "YouTube",
    "facebook": "Facebook",
    "vk": "VK",
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
}
# language: age, question about use, question about something else, yes, no, never, often, none, and, years, encodings
WORDS = {
    "en": "How old are you?|Which social networks do you use?|Which do you trust?|Yes|No|Never|Daily;Hardly ever;"
    "Several times a week|None of these|and|years|under {n}|{n} and older|cp1252",
    "de": "Wie alt sind Sie?|Welche Netzwerke nutzen Sie?|Wem vertrauen Sie?|Ja|Nein|Nie|Täglich;Selten;Mehrmals pro "
    "Woche|keine davon|und|Jahre|unter {n}|{n} und älter|cp1252",
    "ru": "Сколько вам лет?|Какими соцсетями вы пользуетесь?|Каким соцсетям вы доверяете?|Да|Нет|Никогда|Каждый день;"
    "Редко;Иногда|никакими|и|лет|младше {n}|{n} и старше|cp1251",
    "kk": "Жасыңыз нешеде?|Қандай әлеуметтік желілерді қолданасыз?|Қай желіге сенесіз?|Иә|Жоқ|Ешқашан|Күн сайын;Сирек;"
    "Кейде|ешқайсысы|және|жас|||",
    "es": "¿Cuántos años tienes? (edad)|¿Qué redes sociales usas?|¿En qué redes confías?|Sí|No|Nunca|Todos los días;A "
    "veces;Casi nunca|ninguna|y|años|menos de {n}|{n} o más|cp1252",
    "pt": "Idade|Quais redes sociais você usa?|Em quais redes confia?|Sim|Não|Nunca|Diariamente;Às vezes;Raramente|"
    "nenhuma|e|anos|menos de {n}|{n} ou mais|cp1252",
    "fr": "Votre âge|Quels réseaux sociaux utilisez-vous ?|À quels réseaux faites-vous confiance ?|Oui|Non|Jamais|Tous "
    "les jours;Parfois;Rarement|aucun|et|ans|moins de {n}|{n} et plus|cp1252",
    "it": "Età|Quali social utilizzi?|Di quali social ti fidi? (fiducia)|Sì|No|Mai|Ogni giorno;A volte;Raramente|"
    "nessuno|e|anni|meno di {n}|{n} e oltre|cp1252",
    "tr": "Yaşınız|Hangi sosyal medya ağlarını kullanıyorsunuz?|Hangi ağlara güveniyorsunuz?|Evet|Hayır|Asla|Her gün;"
    "Bazen;Nadiren|hiçbiri|ve|yaş||{n} ve üzeri|cp1254",
    "id": "Umur|Media sosial apa yang Anda gunakan?|Media sosial mana yang Anda percaya?|Ya|Tidak|Tidak pernah|Setiap "
    "hari;Kadang-kadang;Jarang|tidak ada|dan|tahun|di bawah {n}|{n} ke atas|cp1252",
    "uk": "Ваш вік|Якими соцмережами ви користуєтеся?|Яким мережам ви довіряєте?|Так|Ні|Ніколи|Щодня;Іноді;Рідко|"
    "жодна|та|років|молодше {n}|{n} і старше|cp1251",
    "uz": "Yoshingiz|Qaysi ijtimoiy tarmoqlardan foydalanasiz?|Qaysi tarmoqqa ishonasiz?|Ha|Yo'q|Hech qachon|Har kuni;"
    "Ba'zan;Kamdan-kam|hech biri|va|yosh|||cp1252",
}
NAMES = "age use trust yes no never often none and_ years under over encoding".split()
CODINGS = ["list", "list", "ticks", "names", "yes or no", "0/1", "how often", "minutes", "one"]


class Plan:
    """One file: what is true, and how it is written."""

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.language = self.pick(list(WORDS))
        self.words = dict(zip(NAMES, WORDS[self.language].split("|"), strict=True))
        self.coding = self.pick(CODINGS)
        self.items = sorted(self.rng.permutation(list(PLATFORMS))[: self.rng.integers(3, 8)])
        self.n = int(self.rng.integers(25, 60))
        shape = (self.n, len(self.items))
        use = self.rng.random(shape) < self.rng.uniform(0.25, 0.75, len(self.items))
        if self.coding == "one":
            use = np.eye(len(self.items))[self.rng.integers(len(self.items), size=self.n)] == 1
        use[: len(self.items)] |= np.eye(len(self.items), dtype=bool)[: self.n] & (self.coding != "one")
        self.use = pd.DataFrame(use.astype(float), columns=self.items)
        self.years = self.rng.integers(13, 80, self.n)
        self.ages = self.pick(["years", "typed", "bands", "born"])
        self.option = {"year": 2024} if self.ages == "born" else {}

    def pick(self, options):
        return options[self.rng.integers(len(options))]

    def chance(self, p=0.5) -> bool:
        return bool(self.rng.random() < p)

    def age_texts(self) -> tuple[str, list[str], list[tuple[float, float]]]:
        """Header, cells, and the first and last year that each cell stands for."""
        if self.ages == "born":
            header = self.pick(["Year of birth", "Geburtsjahr", "Год рождения", "Año de nacimiento", "Tahun lahir"])
            return header, [str(2024 - y) for y in self.years], [(y, y) for y in self.years]
        if self.ages == "bands":
            edges = [0, 18, *self.pick([(25, 35, 45, 55, 65), (30, 50, 65), (26, 41)])]
            place = np.searchsorted(edges, self.years, side="right") - 1
            texts, spans, dash = [], [], self.pick(["-", "–", " - "])
            for i in place:
                low, high = edges[i], (edges + [np.nan])[i + 1] - 1
                under = self.words["under"].format(n=18) or "<18"
                over = self.words["over"].format(n=low) or f"{low}+"
                texts.append(under if i == 0 else over if np.isnan(high) else f"{low}{dash}{high:.0f}")
                spans.append((low, high))
            return self.words["age"], texts, spans
        texts = [
            f"{y} {self.words['years']}" if self.ages == "typed" and self.chance(0.3) else str(y) for y in self.years
        ]
        return self.words["age"], texts, [(y, y) for y in self.years]

    def list_cells(self) -> list[str]:
        sign = self.pick([", ", ";", "; ", ",", "\n", " | "])
        cells = []
        for row in self.use.to_numpy():
            names = [PLATFORMS[item] for item, used in zip(self.items, row, strict=True) if used]
            text = sign.join(names) or self.words["none"]
            if len(names) == 2 and self.chance(0.3) and self.language != "uz":
                text = f" {self.words['and_']} ".join(names)
            cells.append(text)
        return cells

    def columns(self) -> dict[str, list[str]]:
        """The question about use."""
        if self.coding in ("list", "one"):
            return {self.words["use"]: self.list_cells()}
        often = self.words["often"].split(";")
        yes = {
            "ticks": lambda item: "X",
            "names": lambda item: PLATFORMS[item],
            "yes or no": lambda item: self.words["yes"],
            "0/1": lambda item: "1",
            "how often": lambda item: self.pick(often),
            "minutes": lambda item: str(self.rng.integers(11, 90)),
        }[self.coding]
        no = {"yes or no": self.words["no"], "0/1": "0", "how often": self.words["never"], "minutes": "0"}
        style = self.pick(["{q} [{p}]", "{q} - {p}", "{q}: {p}"])
        made = {}
        for item in self.items:
            header = style.format(q=self.words["use"], p=PLATFORMS[item])
            made[header] = [yes(item) if used else no.get(self.coding, "") for used in self.use[item]]
        if self.coding in ("ticks", "names"):
            self.use[self.use.eq(0).all(axis=1)] = np.nan
        return made

    def table(self) -> list[list[str]]:
        header, texts, self.spans = self.age_texts()
        columns = {header: texts, **self.columns()}
        if self.chance():
            columns = {"Timestamp": [f"2024/01/{d % 28 + 1:02} 9:{d:02}:11 AM" for d in range(self.n)], **columns}
        if self.chance(0.3):
            columns["E-mail"] = [f"person{i}@example.org" for i in range(self.n)]
        if self.chance(0.3) and self.coding == "list":
            columns[self.words["trust"]] = self.rng.permutation(self.list_cells()).tolist()
        if self.chance(0.3):
            columns["Shoe size"] = [f"{self.rng.integers(36, 46)} EU" for _ in range(self.n)]
        self.junk = []
        if self.chance(0.3):
            status = self.rng.choice(["IP Address", "Survey Preview"], self.n, p=[0.9, 0.1])
            columns = {"Status": status.tolist(), **columns}
            self.junk = np.flatnonzero(status == "Survey Preview").tolist()
        rows = [list(columns), *map(list, zip(*columns.values(), strict=True))]
        self.top = 2
        if self.chance(0.2):
            rows = [["My survey, spring"] + [""] * (len(columns) - 1), *rows]
            self.top = 3
        if self.chance(0.2):
            rows.append(["Total"] + ["17"] * (len(columns) - 1))
        return rows

    def write(self, folder, dirt=(), harm=None):
        """The file."""
        rows = self.table()
        for name in sorted(dirt):
            rows = DIRT[name](self.rng, rows)
        encodings = ["utf-8", "utf-8-sig", "utf-16", self.words["encoding"] or "utf-8"]
        return write(folder / "plan", rows, self.rng, encodings, harm, kinds=("csv", "csv", "csv", "xlsx"))

    def differences(self, people) -> list[str]:
        """What came back otherwise than it was written."""
        keep = [i for i in range(self.n) if i not in self.junk]
        index = [i + self.top for i in keep]
        truth = self.use.iloc[keep].set_axis(index)
        truth = truth.loc[:, truth.eq(1).any()]
        if people.table.index.tolist() != index:
            return ["rows"]
        found = [] if set(people.platforms) >= set(truth) else [f"platforms {people.platforms}, {list(truth)}"]
        found += [item for item in truth if item in people.table and not people.table[item].equals(truth[item])]
        found += (
            ["an invented platform"]
            if people.table[people.platforms].sum().drop(list(truth), errors="ignore").sum()
            else []
        )
        found += ["several"] if people.several == (self.coding == "one") else []
        spans = pd.DataFrame(self.spans, columns=["low", "high"], dtype=float).iloc[keep].set_axis(index)
        low = people.table.get("age_low", people.table.get("age", pd.Series(np.nan, index)))
        high = people.table.get("age_high", low)
        found += [] if low.equals(spans["low"]) and high.equals(spans["high"]) else ["ages"]
        found += (
            ["a junk row without its reason"]
            if not {i + self.top for i in self.junk} <= set(people.rejects["row"])
            else []
        )
        return found


# Orders ------------------------------------------------------------------------------------------------------------

HEADERS = {
    "en": ("Order No", "Order date", "Promised date", "Delivered at", "Rating", "Order status"),
    "de": ("Bestellnummer", "Bestelldatum", "Liefertermin", "Geliefert am", "Bewertung", "Bestellstatus"),
    "ru": ("Номер заказа", "Дата заказа", "Плановая дата", "Дата получения", "Оценка", "Статус заказа"),
    "kk": ("Тапсырыс нөмірі", "Тапсырыс күні", "Жоспарланған күні", "Жеткізілген күні", "Баға рейтинг", "Мәртебесі"),
}
STATUSES = {
    "en": ("Delivered", "Cancelled", "In transit", "Refunded"),
    "de": ("Zugestellt", "Storniert", "Unterwegs", "Retoure"),
    "ru": ("Доставлен", "Отменён", "В пути", "Возврат"),
    "kk": ("Жеткізілді", "Бас тартылды", "Жолда", "Қайтарылды"),
}
FORMS = "%Y-%m-%d|%d.%m.%Y|%m/%d/%Y|%d/%m/%Y|%d-%b-%y|%b %d %Y|%d.%m.%y|%Y/%m/%d|%Y-%m-%d %H:%M|%m/%d/%Y %I:%M %p"
RATES = ("{}", "{}/5", "{} stars", "{}.0")


def typed_shop(seed):
    """A random shop as somebody would type it: rows, the truth of every order, right answers, unit, encodings, rng."""
    rng = np.random.default_rng(seed)
    n, language = int(rng.integers(12, 60)), str(rng.choice(list(HEADERS)))
    form, rate = str(rng.choice(FORMS.split("|"))), str(rng.choice(RATES))
    start = pd.Timestamp("2023-01-02 09:30") + pd.to_timedelta(np.sort(rng.integers(0, 400, n)), unit="D")
    promised, actual = rng.integers(1, 30, n), rng.integers(1, 40, n).astype(float)
    states = rng.choice(4, n, p=[0.8, 0.08, 0.07, 0.05])
    actual[(states == 1) | (states == 2)] = np.nan
    durations = bool(rng.random() < 0.3)
    times = 1000 if durations and rng.random() < 0.3 else 1
    head = HEADERS[language]
    truth = pd.DataFrame(
        {"promised": promised * float(times), "actual": actual * times, "outcome": rng.integers(1, 6, n)}
    )
    columns = {head[0]: [f"A{i}" for i in range(n)], head[1]: [day.strftime(form) for day in start]}
    if durations:
        mark = str(rng.choice(["", ","])) if times == 1000 else ""
        write = [["" if v != v else f"{int(v):{mark}}" for v in truth[name]] for name in ("promised", "actual")]
        columns |= {"Promised minutes" if times > 1 else "Promised days": write[0], "actual": write[1]}
        columns["Actual minutes" if times > 1 else "Actual days"] = columns.pop("actual")
    else:
        never = str(rng.choice(["", pd.Timestamp("2261-12-31").strftime(form) if "%Y" in form else ""]))
        came = start + pd.to_timedelta(np.nan_to_num(actual), unit="D")
        columns[head[2]] = [day.strftime(form) for day in start + pd.to_timedelta(promised, unit="D")]
        columns[head[3]] = [never if v != v else day.strftime(form) for day, v in zip(came, actual, strict=True)]
    columns |= {head[4]: [rate.format(v) for v in truth["outcome"]], head[5]: [STATUSES[language][s] for s in states]}
    table = pd.DataFrame(columns)
    if rng.random() < 0.3:  # one line per item
        table = table.loc[np.repeat(table.index, rng.integers(1, 4, n))].assign(
            Item=lambda t: [f"i{i}" for i in range(len(t))]
        )
    truth["state"] = np.where(actual <= promised, "kept", "late")
    truth.loc[states == 1, "state"], truth.loc[states == 3, "state"] = "cancelled", "returned"
    happened = (
        pd.Series(start).max()
        if durations
        else pd.concat([pd.Series(start), pd.Series(start) + pd.to_timedelta(actual, unit="D")]).max()
    )
    due = pd.Series(start) + pd.to_timedelta(truth["promised"], unit="m" if times > 1 else "D")
    unit = "minutes" if times > 1 else "days"
    limit, due = (happened.normalize(), due.dt.normalize()) if unit == "days" else (happened, due)
    if unit == "minutes" and "%H" not in form and "%I" not in form:
        limit, due = happened.normalize(), due - (pd.Series(start) - pd.Series(start).dt.normalize())
    truth.loc[states == 2, "state"] = np.where(due < limit, "overdue", "open")[states == 2]
    told = {"date_order": "month" if form.startswith("%m") else "day", "decimal": "."}
    rows = [list(table), *map(list, table.astype(str).to_numpy())]
    return rows, truth, told, unit, ["utf-8", "utf-8-sig", "utf-16"] + ["cp1251"] * (language == "ru"), rng


# How a table becomes a file ------------------------------------------------------------------------------------------


def write(path, rows, rng, encodings, harm=None, kinds=("csv",)):
    """A text in some separator and encoding, or a workbook; `harm` breaks the text."""
    pick = lambda options: options[rng.integers(len(options))]
    if pick(kinds) == "xlsx" and not harm:
        path, book = path.with_suffix(".xlsx"), Workbook()
        for row in rows:
            cells = [re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", cell) for cell in row]
            book.active.append([int(c) if c.isdecimal() and c.isascii() and rng.random() < 0.5 else c for c in cells])
        book.save(path)
        return path
    path, text = path.with_suffix(".csv"), io.StringIO()
    csv.writer(text, delimiter=pick([",", ";", "\t"]), lineterminator=pick(["\n", "\r\n"])).writerows(rows)
    try:
        data = text.getvalue().encode(pick(encodings))
    except UnicodeEncodeError:  # words of two languages in one file
        data = text.getvalue().encode("utf-8")
    path.write_bytes(HARM[harm](rng, data) if harm else data)
    return path


ODD = [
    "count",
    "share",
    "age_2",
    "weight_squared",
    "estimate",
    "platform",
    "index",
    "\x1b[31mred",
    "$x_{1$",
    "<b>",
    "",
    " ",
]


def _odd_column(rng, rows):
    """A further column of an odd name, with numbers, words or nothing in it."""
    cell = [lambda: str(rng.integers(1, 99)), lambda: "some words", lambda: "", lambda: "=1+1", lambda: "a\x07\x00b"]
    name, make = ODD[rng.integers(len(ODD))], cell[rng.integers(len(cell))]
    top = len(rows[0]) > 1 and not any(rows[0][1:])  # below a title
    tail = [name if i == top else "" if i < top or row[0] == "Total" else make() for i, row in enumerate(rows)]
    return [[*row, cell] for row, cell in zip(rows, tail, strict=True)]


def _spaces(rng, rows):
    """Spaces of any kind around what was typed."""
    space = [" ", "\u00a0", "\t ", "\u2009"][rng.integers(4)]
    return [[space + cell + space if cell and rng.random() < 0.2 else cell for cell in row] for row in rows]


DIRT = {  # name -> rows as they should be to rows as they come
    "an odd column": _odd_column,
    "a second odd column": _odd_column,
    "around cells, spaces": _spaces,
    "some empty rows below": lambda rng, rows: [*rows, *[[""] * len(rows[0])] * int(rng.integers(1, 5))],
    "no name and no cell in a last column": lambda rng, rows: [[*row, ""] for row in rows],
}


def _insert(data, place, what):
    return data[:place] + what + data[place:]


HARM = {  # name -> bytes of a text to bytes that no program wrote
    "an open quote": lambda rng, data: _insert(data, _gap(rng, data), b'"'),
    "a quote inside": lambda rng, data: _insert(data, int(rng.integers(len(data))), b'"'),
    "further cells": lambda rng, data: _insert(data, int(rng.integers(len(data))), b",;\t" * int(rng.integers(1, 9))),
    "control characters": lambda rng, data: _insert(data, int(rng.integers(len(data))), b"\x07\x00\x1b"),
    "a sign behind the mark": lambda rng, data: b"\xef\xbb\xbf" + data,
    "bytes": lambda rng, data: _insert(data, int(rng.integers(len(data))), rng.bytes(int(rng.integers(1, 40)))),
    "a lost end": lambda rng, data: data[: int(rng.integers(1, len(data)))],
    "lost bytes": lambda rng, data: (at := int(rng.integers(len(data)))) and data[:at] + data[at + 7 :],
    "the file twice": lambda rng, data: data + data,
}


def _gap(rng, data):
    """A place where a cell begins."""
    gaps = [i + 1 for i, sign in enumerate(data) if sign in b",;\t\n"]
    return int(rng.choice(gaps)) if gaps else 0


# Frames ---------------------------------------------------------------------------------------------------------------

NAMES_OF_COLUMNS = [
    "age", "age_low", "age_high", "age_2", "weight", "weight_squared", "count", "share", "facebook", "tiktok",
    "promised", "actual", "outcome", "late", "due_at", "ordered_at", "delivered_at", "reviewed", "status", "order_id",
    3, None, "",
]  # fmt: skip
MIXED = [None, "x", 3, 2.5, True, b"\x00", pd.NaT, float("nan"), "", [1], pd.Timestamp(0)]
CELLS = [
    lambda rng, n: rng.integers(-2, 120, n),
    lambda rng, n: rng.normal(size=n) * 10.0 ** rng.integers(-300, 300, n),
    lambda rng, n: rng.integers(0, 2, n),
    lambda rng, n: rng.integers(1, 6, n).astype(float),
    lambda rng, n: rng.choice([0.0, 1.0, np.nan, np.inf, -np.inf], n),
    lambda rng, n: rng.random(n) < 0.5,
    lambda rng, n: pd.array(rng.integers(0, 2, n), dtype="Int64").astype("Int64"),
    lambda rng, n: pd.Categorical(rng.choice(["Yes", "No", "Never used it"], n)),
    lambda rng, n: rng.choice(["18-24", "65+", "under 18", "17", "1998", "no"], n),
    lambda rng, n: pd.date_range("1900-01-01", periods=n, tz="Asia/Almaty"),
    lambda rng, n: [MIXED[i] for i in rng.integers(len(MIXED), size=n)],
    lambda rng, n: [None] * n,
]


def draw_frame(seed):
    """A frame of any columns under any names, its index included."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(0, 9)), int(rng.integers(1, 9))
    names = [NAMES_OF_COLUMNS[i] for i in rng.integers(len(NAMES_OF_COLUMNS), size=k)]
    columns = [pd.Series(CELLS[rng.integers(len(CELLS))](rng, n)) for _ in names]
    frame = pd.concat(columns, axis=1) if n else pd.DataFrame(index=[], columns=range(k))
    index = [frame.index, frame.index[::-1], pd.Index([7] * n), pd.Index(list("abcdefghi")[:n])][rng.integers(4)]
    return frame.set_axis(names, axis=1).set_axis(index)
