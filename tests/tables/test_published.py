"""Every published table keeps the rules of data/README.md, and the figures that others rely on are the printed ones."""

import re

import pandas as pd
import pytest

from smm_analysis import TableError, load_published, published_tables
from smm_analysis.tables.published import data_folder

INDEX = published_tables().set_index("name")
MINE = ["shares", "counts", "money"]
KEYS = {
    "platform_use_by_age": ["source", "year", "country", "platform", "measure", "age_low", "age_high"],
    "platform_trend": ["wave_end", "platform"],
    "mean_age_of_users": ["platform", "indicator"],
    "kazakhstan_platforms": ["source", "period", "platform", "indicator", "age_low"],
    "kazakhstan_wages": ["period", "indicator"],
    "kazakhstan_wage_distribution": ["kzt_low"],
    "kazakhstan_population": ["period", "indicator", "sex", "age_low"],
    "consumer_complaints": ["period", "indicator"],
    "exchange_rates": ["period"],
    "online_shopping_problems": ["year", "country", "problem"],
    "online_purchase_by_age": ["year", "country", "age_low", "age_high"],
    "compulsive_buying": ["source", "population"],
    "olist_published_aggregates": ["timing"],
    "article_claims": ["claim"],
}
GROUPS = {
    "platform_use_by_age": ["source", "year", "country", "platform", "measure"],
    "online_purchase_by_age": ["year", "country"],
}
UNITS = {"people", "accounts", "complaints", "percent", "years"}
PERIOD = r"\d{4}(-Q[1-4]|-\d\d(-\d\d)?)?"


def tables(*kinds):
    return [name for name in INDEX.index if INDEX.loc[name, "kind"] in kinds]


@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_key_names_one_row(name):
    assert not load_published(name).duplicated(KEYS[name]).any()


def test_every_table_lies_in_the_folder_and_in_the_codebook_and_the_other_way_round():
    codebook = (data_folder() / "README.md").read_text()
    files = {path.stem for path in (data_folder() / "published").glob("*.csv")} - {"index"}
    assert files == set(INDEX.index)
    assert [name for name in KEYS if f"{name}" not in codebook] == []
    assert set(tables(*MINE)) - set(KEYS) == set()


@pytest.mark.parametrize("name", list(INDEX.index))
def test_a_table_has_a_source_and_an_address_and_nothing_that_the_reader_would_cut(name):
    assert INDEX.loc[name, "url"].startswith("https://") and INDEX.loc[name, ["title", "source"]].all()
    table = load_published(name)
    if not isinstance(table, pd.DataFrame):
        assert table.about.origin == "published" and table.about.source == INDEX.loc[name, "source"]
        assert table.about.n > 50
        return
    assert len(table) > 0 and set(table["origin"]) == {"published"} and table["source"].notna().all()
    if "url" in table:
        assert table["url"].dropna().str.fullmatch(r"https://\S+").all()
    if "seen" in table:
        assert table["seen"].isin(["primary", "secondary"]).all()
    assert "#" not in (data_folder() / "published" / f"{name}.csv").read_text().lstrip("# ").split("\n", 1)[1]


@pytest.mark.parametrize("name", tables("shares"))
def test_shares_lie_in_their_range(name):
    table = load_published(name)
    assert table["percent"].between(0, 100).all() and table["year"].between(2000, 2026).all()
    if table["n"].notna().any():
        assert (table["n"].dropna() > 0).all() and (table["n"].dropna() % 1 == 0).all()
    if "moe" in table:
        assert table["moe"].dropna().between(0, 20).all() and table.loc[table["moe"].notna(), "n"].notna().all()
    if "low" in table:
        printed = table.dropna(subset="low")
        assert printed["percent"].between(printed["low"], printed["high"]).all()
    if "age_low" in table:
        assert table["age_low"].between(0, 110).all() and not (table["age_high"] < table["age_low"]).any()


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_a_total_lies_inside_the_range_of_its_bands(name):
    table = load_published(name).assign(age_high=lambda t: t["age_high"].fillna(120))
    checked = 0
    for key, group in table.groupby(GROUPS[name]):
        widest = group.loc[(group["age_high"] - group["age_low"]).idxmax()]
        bands = group.drop(widest.name)
        covered = {age for low, high in bands[["age_low", "age_high"]].values for age in range(int(low), int(high) + 1)}
        if covered == set(range(int(widest["age_low"]), int(widest["age_high"]) + 1)):
            assert bands["percent"].min() <= widest["percent"] <= bands["percent"].max(), key
            checked += 1
    assert checked >= 25


def test_the_measures_are_three_questions_and_platforms_are_in_the_one_table_of_names():
    use = load_published("platform_use_by_age")
    assert set(use["measure"]) == {"ever", "weekly", "daily"}
    known = set(pd.read_csv(data_folder() / "platforms.csv")["platform"]) | {"any_social_media"}
    assert set(use["platform"]) | set(load_published("platform_trend")["platform"]) <= known
    assert use["country"].str.fullmatch(r"[A-Z]{2}(27|28)?").all()


@pytest.mark.parametrize("name", tables("counts"))
def test_counts_have_a_unit_and_a_sensible_value(name):
    table = load_published(name)
    assert set(table["unit"]) <= UNITS and (table["value"] > 0).all()
    assert table.loc[table["unit"] == "percent", "value"].between(0, 100).all()
    assert table.loc[table["unit"] == "years", "value"].between(0, 100).all()
    counted = table.loc[table["unit"].isin(["people", "accounts", "complaints"]), "value"]
    assert (counted % 1 == 0).all() and (counted < 25_000_000).all()
    assert all(re.fullmatch(f"{PERIOD}(/{PERIOD})?", str(period)) for period in table["period"])


@pytest.mark.parametrize("name", tables("money"))
def test_money_is_positive_and_dated(name):
    table = load_published(name)
    (column,) = (name for name in table if name.startswith("kzt_per_"))
    assert (table[column] > 0).all() and table["url"].notna().all()
    assert all(re.fullmatch(PERIOD, str(period)) for period in table["period"])


def test_the_joint_table_holds_the_people_of_the_survey():
    gss = load_published("gss_2016_platforms_by_age").to_frame()
    assert gss["count"].sum() == 1366
    use = gss.iloc[:, 2:9].mul(gss["weight"], axis=0).sum() / gss["weight"].sum() * 100
    printed = {
        "facebook": 74.1,
        "pinterest": 34.2,
        "instagram": 33.5,
        "linkedin": 28.4,
        "snapchat": 24.4,
        "twitter": 18.9,
        "whatsapp": 13.6,
    }
    assert use.round(1).to_dict() == printed


def test_the_core_rows_of_the_codebook_are_the_printed_ones():
    use = load_published("platform_use_by_age")
    pew = use[(use["country"] == "US") & (use["measure"] == "ever") & (use["year"] == 2025)]
    by_band = pew[pew["age_high"].notna() | (pew["age_low"] == 65)].pivot(
        index="platform", columns="age_low", values="percent"
    )
    assert by_band.loc["facebook"].tolist() == [68, 80, 74, 57]
    assert by_band.loc["instagram"].tolist() == [80, 62, 40, 19]
    totals = pew[pew["age_high"].isna() & (pew["age_low"] == 18)].set_index("platform")["percent"]
    assert totals.to_dict() == dict(
        youtube=84,
        facebook=71,
        instagram=50,
        tiktok=37,
        whatsapp=32,
        reddit=26,
        snapchat=25,
        twitter=21,
        threads=8,
        bluesky=4,
        truth_social=3,
    )
    assert pew.groupby("n")["moe"].first().to_dict() == {480: 5.6, 1274: 3.6, 1399: 3.4, 1813: 3.0, 5022: 1.9}


def test_wage_bands_meet_and_add_up():
    bands = load_published("kazakhstan_wage_distribution")
    assert bands["kzt_high"].iloc[:-1].tolist() == bands["kzt_low"].iloc[1:].tolist()
    assert bands["percent"].sum() == pytest.approx(100, abs=0.5)


def test_what_could_not_be_verified_is_not_carried():
    kazakhstan = load_published("kazakhstan_platforms")
    assert not ((kazakhstan["platform"] == "telegram") & (kazakhstan["unit"] == "accounts")).any()
    assert not ((kazakhstan["platform"] == "internet") & (kazakhstan["period"].astype(str) > "2023-12")).any()


def test_counted_tables_arrive_as_what_the_models_take():
    gss, values = load_published("gss_2016_platforms_by_age"), load_published("lca_values")
    assert gss.n_respondents == 1366 and gss.age == ("age_low", "age_high") and len(gss.items) == 7
    assert values.n_respondents == 216 and values.age is None
    olist = load_published("olist_promises_counted")
    late = olist.table.loc[olist.beyond < 0, "count"].sum() / olist.about.n
    assert (olist.about.n, olist.unit, olist.scale) == (5164, "days", (1, 5)) and round(late, 4) == 0.0662


def test_an_unknown_table_is_refused_with_the_list_of_tables():
    with pytest.raises(TableError, match=r"`name`: must name a published table; found 'pew'.*platform_use_by_age"):
        load_published("pew")
