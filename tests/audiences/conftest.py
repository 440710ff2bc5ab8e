import pandas as pd
import pytest

from smm_analysis import Cells, load_published, simulate_people

PLATFORMS = ["facebook", "instagram", "snapchat", "twitter", "linkedin", "pinterest", "whatsapp"]


@pytest.fixture(scope="session")
def gss() -> Cells:
    return load_published("gss_2016_platforms_by_age")


@pytest.fixture(scope="session")
def people() -> pd.DataFrame:
    """400 simulated people with missing answers, missing ages and weights."""
    people, _truth = simulate_people(400, random_state=5, missing=0.08, missing_age=0.05, weighted=True)
    return people.table[["age", "instagram", "tiktok", "facebook", "vk", "telegram", "weight"]]


@pytest.fixture(scope="session")
def items(people) -> list[str]:
    return list(people.columns[1:-1])
