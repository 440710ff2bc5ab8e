"""Surveys written from random plans (language, coding, layout, file kind, junk) are read back as they were written."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook

from smm_analysis import TableError, read_survey

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

    def write(self, folder):
        """The file."""
        rows = self.table()
        kind = self.pick(["csv", "csv", "csv", "xlsx"])
        path = folder / f"plan.{kind}"
        if kind == "xlsx":
            book = Workbook()
            for row in rows:
                book.active.append([int(cell) if cell.isdigit() and self.chance() else cell for cell in row])
            book.save(path)
            return path
        separator = self.pick([",", ";", "\t"])
        text = io.StringIO()
        csv.writer(text, delimiter=separator, lineterminator=self.pick(["\n", "\r\n"])).writerows(rows)
        encodings = ["utf-8", "utf-8-sig", "utf-16", self.words["encoding"] or "utf-8"]
        try:
            path.write_bytes(text.getvalue().encode(self.pick(encodings)))
        except UnicodeEncodeError:  # words of two languages in one file
            path.write_bytes(text.getvalue().encode("utf-8"))
        return path

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


def read_back(seed, folder) -> str:
    """'' if a file is read as it was written, otherwise what happened."""
    plan = Plan(seed)
    path = plan.write(folder)
    try:
        people = read_survey(path, **plan.option)
    except TableError as error:
        return f"{seed} asked: {error}"
    found = plan.differences(people)
    return f"{seed} {plan.language} {plan.coding} {plan.ages}: {found}; {people.notes}" if found else ""


def test_sixty_random_surveys_come_back_as_they_were_written(tmp_path):
    assert [said for seed in range(60) if (said := read_back(seed, tmp_path))] == []


@pytest.mark.slow
def test_two_thousand_random_surveys_come_back_as_they_were_written(tmp_path):
    assert [said for seed in range(60, 2060) if (said := read_back(seed, tmp_path))] == []
