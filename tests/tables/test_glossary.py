"""Sixty terms in four languages, none missing and none twice."""

import re

import pandas as pd

from smm_analysis.tables.published import data_folder


def test_sixty_terms_stand_in_four_alphabets():
    glossary = pd.read_csv(data_folder() / "glossary.csv")
    assert list(glossary) == ["en", "de", "ru", "kk", "meaning"] and len(glossary) == 60
    assert glossary.notna().all().all() and not glossary["en"].duplicated().any()
    latin, cyrillic = re.compile(r"[A-Za-zÄÖÜäöüß -]+"), re.compile(r"[а-яёәғқңөұүһі -]+", re.IGNORECASE)
    assert glossary[["en", "de"]].map(latin.fullmatch).notna().all().all()
    assert glossary[["ru", "kk"]].map(cyrillic.fullmatch).notna().all().all()
    assert set("әғқңөұүі") <= set("".join(glossary["kk"]))
    assert not set("әғқңөұүһі") & set("".join(glossary["ru"]))
