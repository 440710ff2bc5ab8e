import pandas as pd
import pytest

from smm_analysis import Cells, load_published, simulate_people

PLATFORMS = ["facebook", "instagram", "snapchat", "twitter", "linkedin", "pinterest", "whatsapp"]


@pytest.fixture(scope="session")
def gss() -> Cells:
    table = load_published("gss_2016_platforms_by_age")
    return Cells.from_table(
        table,
        items=PLATFORMS,
        age=("age_low", "age_high"),
        count="respondents",
        weight="weight",
        weight_squared="weight_squared",
    )


@pytest.fixture(scope="session")
def people() -> pd.DataFrame:
    """400 simulated people with missing answers, missing ages and weights."""
    people, _truth = simulate_people(400, seed=5, missing=0.08, missing_age=0.05, weighted=True)
    return people[["age", "instagram", "tiktok", "facebook", "vk", "telegram", "weight"]]


@pytest.fixture(scope="session")
def items(people) -> list[str]:
    return list(people.columns[1:-1])
