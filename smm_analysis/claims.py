"""The article, sentence by sentence: what a rule says about it, or why no rule can.

Every rule takes `table`, a function from a published table's name to the table, and returns a verdict and the figures
it comes from. Change a figure, and the verdict changes.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import t as student

from .audiences.generations import young_and_old
from .audiences.use import platform_use_by_age, relative_preference
from .income import simulate_income, wage_percentile
from .tables.cells import Cells
from .tables.published import item_label, load_published
from .words import _, number, percent

VERDICTS = ("supported", "partly", "contradicted", "open", "normative", "definition")
SOMETIMES = 1  # percent of buyers from which on something happens 'sometimes'
LOW_PAY = 2 / 3  # of the mean wage
CLAIMED = ("2024-02", "claimed: SMM freelancers")
Table = Callable[[str], pd.DataFrame]
Judgement = tuple[str, str]


def check_claims(changed: dict[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """What do data say about every sentence of the article?

    Parameters
    ----------
    changed : dict of DataFrame, optional
        Tables that take the place of published ones of that name: what would the verdict be if ... ?

    Returns
    -------
    DataFrame
        As load_published("article_claims"): ``claim, section, kind, wording, phrase_de, verdict, basis, reason, source,
        notebook, number``. Where `basis` is "rule", `verdict` and `reason` were computed from the tables; where it is
        "reason", they were written by a person. `attrs["verdict"]` counts them.

    Examples
    --------
    >>> claims = check_claims().set_index("claim")
    >>> claims.loc[[16, 17], "verdict"].tolist()
    ['supported', 'partly']
    """
    claims, tables = load_published("article_claims"), changed or {}
    for claim, rule in RULES.items():
        found = rule(lambda name: tables[name] if name in tables else load_published(name))
        claims.loc[claims["claim"] == claim, ["verdict", "reason"]] = found
    counts = claims["verdict"].value_counts().reindex(VERDICTS, fill_value=0)
    text = _("Of {n} sentences {supported} are supported, {partly} partly, {contradicted} contradicted, {open} open.")
    claims.attrs["verdict"] = text.format(n=number(len(claims)), **counts.map(number))
    return claims


def _all_some_none(*hits: bool) -> str:
    return "open" if not hits else "supported" if all(hits) else "partly" if any(hits) else "contradicted"


def _points(share: float) -> str:
    return number(100 * share)


def _ever_faster(table: Table) -> Judgement:
    """Growth, and its change: a quadratic through each platform's telephone waves (a new mode is no growth)."""
    trend, grew, bend = table("platform_trend"), [], []
    for _name, line in trend[trend["mode"] == "telephone"].groupby("platform"):
        if len(line) >= 6:
            years = pd.to_datetime(line["wave_end"]).to_numpy().astype("datetime64[D]").astype(float) / 365.25
            curve, covariance = np.polyfit(years - years.mean(), line["percent"], 2, cov=True)
            half = student.ppf(0.975, len(line) - 3) * np.sqrt(covariance[0, 0])
            grew.append(line["percent"].iloc[-1] > line["percent"].iloc[0])
            bend.append(int(curve[0] > half) - int(curve[0] < -half))
    text = _("{grew} of {n} platforms grew in the US until 2021, {faster} ever faster, {slower} ever slower.")
    verdict = _all_some_none(np.mean(grew) > 0.5, bend.count(1) > len(bend) / 2)
    return verdict, text.format(grew=sum(grew), n=len(grew), faster=bend.count(1), slower=bend.count(-1))


def _survey(table: Table) -> pd.DataFrame:
    """The latest survey of the US with printed margins of error."""
    use = table("platform_use_by_age").query("country == 'US' and measure == 'ever' and moe.notna()")
    return use[use["year"] == use["year"].max()]


def _germany(table: Table, indicator: str) -> pd.Series:
    return table("mean_age_of_users").query("indicator == @indicator").set_index("platform")["value"]


def _factors(table: Table) -> Judgement:
    bands = platform_use_by_age(_survey(table)).groupby("platform")
    gap, women = bands["low"].max() - bands["high"].min(), _germany(table, "women among weekly users") / 100
    ends, few, many = bands["estimate"].agg(["min", "max"]).loc[gap.idxmax()], women.idxmin(), women.idxmax()
    text = _("{platform}: {low} to {high} by age (US). Women: {few} of the users of {a}, {many} of {b} (Germany).")
    words = {"platform": item_label(gap.idxmax()), "low": percent(ends["min"]), "high": percent(ends["max"])}
    words |= {"few": percent(women[few]), "a": item_label(few), "many": percent(women[many]), "b": item_label(many)}
    return _all_some_none(gap.max() > 0, women.max() - women.min() > 0.1), text.format(**words)


def _young(table: Table) -> Judgement:
    row = young_and_old(_survey(table)).set_index("question").loc["young_more"]
    text = _("Instagram, youngest minus oldest band: {estimate} points ({low} to {high}).")
    return row["answer"], text.format(**row[["estimate", "low", "high"]].map(_points))


def _older(table: Table) -> Judgement:
    """Three answers: the level, the preference over Instagram, the age of the users."""
    answers, age = young_and_old(_survey(table)).set_index("question"), _germany(table, "mean age of weekly users")
    years, preference = age["facebook"] - age["instagram"], answers.loc["preference"]
    said = {answers.loc["old_more", "answer"], preference["answer"], "supported" if years > 0 else "contradicted"}
    text = _("Facebook, oldest minus youngest band: {gap} points. Per user of Instagram: {times} times as many. "
             "Mean age of the users: {years} years more (Germany).")  # fmt: skip
    gap = _points(answers.loc["old_more", "estimate"])
    found = text.format(gap=gap, times=number(preference["estimate"], 1), years=number(years))
    return said.pop() if len(said) == 1 else "partly", found


def _suited(table: Table) -> Judgement:
    """Is Instagram the larger of the two for the youngest, and Facebook for the oldest?"""
    gap = relative_preference(_survey(table), of="facebook", to="instagram").query("quantity == 'difference'")
    text = _("Facebook minus Instagram: {first} points in the youngest band, {last} in the oldest.")
    words = {"first": _points(gap["estimate"].iloc[0]), "last": _points(gap["estimate"].iloc[-1])}
    return _all_some_none(gap["high"].iloc[0] < 0, gap["low"].iloc[-1] > 0), text.format(**words)


def _more_active(table: Table) -> Judgement:
    reach, said, grew = table("kazakhstan_platforms").query("indicator == 'advertising reach'"), [], []
    text = _("{platform} in Kazakhstan: {first} million accounts in {start}, {last} in {end} (no persons).")
    for platform, line in reach.sort_values("period").groupby("platform"):
        first, last = line.iloc[0], line.iloc[-1]
        if len(line) > 1:
            grew.append(last["value"] > first["value"])
            words = {"first": number(first["value"] / 1e6, 2), "last": number(last["value"] / 1e6, 2)}
            said.append(text.format(platform=item_label(platform), start=first["period"], end=last["period"], **words))
    return _all_some_none(*grew), " ".join(said)


def _popular(table: Table) -> Judgement:
    """Among the first three wherever platforms were ranked."""
    ranks, counts = {}, table("kazakhstan_platforms").query("platform not in ('internet', 'none')")
    for (_source, period, _indicator), group in counts.groupby(["source", "period", "indicator"]):
        own = group.loc[group["platform"] == "instagram", "value"]
        if len(group) > 2 and len(own):
            ranks[period] = int((group["value"] > own.item()).sum()) + 1
    said = ", ".join(f"{rank} ({period})" for period, rank in sorted(ranks.items()))
    return _all_some_none(*(rank <= 3 for rank in ranks.values())), _("Instagram's rank: {ranks}.").format(ranks=said)


def _wage(table: Table, period: str, indicator: str) -> float:
    return table("kazakhstan_wages").set_index(["period", "indicator"]).loc[(period, indicator), "kzt_per_month"]


def _low_wages(table: Table) -> Judgement:
    mean, bands = _wage(table, "2023-Q1", "mean"), table("kazakhstan_wage_distribution")
    sectors = table("kazakhstan_wages").query("period == '2023-Q1' and indicator.str.startswith('mean ')")
    low, below = (sectors["kzt_per_month"] < LOW_PAY * mean).sum(), bands.query("kzt_high <= @mean")["percent"].sum()
    text = _("{below} of the employees or more earn less than the mean, {mean}; {low} of {n} printed sectors pay less "
             "than two thirds of it.")  # fmt: skip
    words = {"below": percent(below / 100, 1), "mean": number(mean), "low": low, "n": len(sectors)}
    return _all_some_none(below > 50, low > 1), text.format(**words)


def _freelancers(table: Table) -> Judgement:
    """One report is no survey: it can agree with another figure, or be out of reach, or stay open."""
    claimed, other = _wage(table, *CLAIMED), _wage(table, "2020", "advertised: SMM manager")
    place, times = wage_percentile(claimed).iloc[0], claimed / _wage(table, "2023-Q4", "median")
    text = _("{claimed} tenge is {times} times the median; {estimate} ({low} to {high}) of employees earn less. A job "
             "was advertised at {other}; no survey of such incomes.")  # fmt: skip
    words = {"claimed": number(claimed), "times": number(times, 1), "other": number(other)}
    verdict = "supported" if other >= 0.9 * claimed else "contradicted" if place["low"] > 0.99 else "open"
    return verdict, text.format(**words, **place[["estimate", "low", "high"]].map(percent))


def _euro(table: Table) -> Judgement:
    """'Just under' is 950 to 1,000; the same size on the other side is partly right; no rate within 62 days is open."""
    rates = table("exchange_rates")
    days = (pd.to_datetime(rates["period"], format="mixed") - pd.Timestamp("2024-02-15")).dt.days.abs()
    rate = rates.loc[days.idxmin()]
    euro = _wage(table, *CLAIMED) / rate["kzt_per_eur"]
    verdict = "supported" if 950 <= euro < 1000 else "partly" if 900 <= euro < 1050 else "contradicted"
    text = _("{euro} euro at the nearest rate found, of {date} ({basis}).")
    found = text.format(euro=number(euro), date=rate["period"], basis=rate["basis"])
    return "open" if days.min() > 62 else verdict, found


def _fluctuates(table: Table) -> Judgement:
    """Would one month in twenty of the article's income bring less than the median wage, and were months observed?"""
    median, claimed = _wage(table, "2023-Q4", "median"), _wage(table, *CLAIMED)
    low = simulate_income(orders=5, fee=claimed / 5, years=2000).query("quantity == 'income'")["low"].mean()
    seen = table("kazakhstan_wages")["indicator"].str.match("(mean|median).*SMM").any()
    text = _("With five orders a month (assumed) one in twenty brings less than {low} tenge; median wage {median}.")
    return _all_some_none(low < median, seen), text.format(low=number(low), median=number(median))


def _target(table: Table) -> Judgement:
    """Is a platform used so much more by the young that its users are more often young?"""
    gss, weight = table("gss_2016_platforms_by_age"), {"weight": "weight", "weight_squared": "weight_squared"}
    cells = Cells.from_table(gss, items=[*gss][2:9], age=("age_low", "age_high"), count="respondents", **weight)
    use = platform_use_by_age(cells, bands=[18, 30]).pivot(index="platform", columns="age_low")
    lift = use["estimate"][18] / platform_use_by_age(cells, bands=[18]).set_index("platform")["estimate"]
    best = lift.idxmax()
    text = _("People under 30 are {lift} times as frequent among the users of {platform} as among all (US 2016).")
    found = text.format(lift=number(lift[best], 1), platform=item_label(best))
    return _all_some_none(use["low"][18][best] > use["high"][30][best]), found


def _problems(*names: str) -> Callable[[Table], Judgement]:
    """Did at least one buyer in a hundred meet each of these problems, in the latest year of the European Union?"""

    def rule(table: Table) -> Judgement:
        europe = table("online_shopping_problems").query("country.str.startswith('EU') and problem in @names")
        latest = europe[europe["year"] == europe["year"].max()].set_index("problem")["percent"].reindex(names)
        said = ", ".join(f"{name} {percent(share / 100, 1)}" for name, share in latest.items())
        text = _("Buyers online in the European Union, {year}: {said}.")
        return _all_some_none(*(latest >= SOMETIMES)), text.format(year=europe["year"].max(), said=said)

    return rule


def _addicted(table: Table) -> Judgement:
    """That it exists is one half; the other, that it is commoner online than in shops. Neither shows a cause."""
    rows = table("compulsive_buying").set_index("population")[["percent", "low", "high"]] / 100
    adults, online, shops = (rows.loc[name] for name in ("adult representative samples", "risky class, online",
                                                         "risky class, in shops"))  # fmt: skip
    text = _("{percent} ({low} to {high}) of adults buy compulsively; risky online {online}, in shops {shops}. "
             "No study here shows that marketing causes it.")  # fmt: skip
    shares = {"online": percent(online["percent"]), "shops": percent(shops["percent"])}
    found = text.format(**adults.map(lambda share: percent(share, 1)), **shares)
    return _all_some_none(100 * adults["low"] >= SOMETIMES, online["percent"] > shops["percent"]), found


RULES: dict[int, Callable[[Table], Judgement]] = {
    1: _ever_faster, 15: _factors, 16: _young, 17: _older, 24: _suited, 27: _more_active, 29: _popular, 31: _low_wages,
    34: _freelancers, 35: _euro, 36: _fluctuates, 42: _target, 45: _problems("wrong or damaged goods"),
    46: _problems("slower delivery", "wrong or damaged goods"), 47: _problems("slower delivery"), 48: _addicted,
}  # fmt: skip
