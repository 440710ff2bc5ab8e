"""Draw the pictures of README.md into docs/: `python tools/pictures.py`."""

import warnings
from pathlib import Path

import smm_analysis as smm

DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Five charts, each from two lines, as a user would draw them."""
    people, orders = smm.load_published("gss_2016_platforms_by_age"), smm.load_published("olist_promises_counted")
    model = smm.AudienceMixture(4).fit(people)
    shop, _truth = smm.simulate_orders(1500, random_state=6)
    pictures = {
        "age_curve": model.age_curve(),
        "use_by_age": smm.platform_use_by_age(people),
        "profile": model.profile(),
        "promises": smm.audit_promises(orders),
        "quotes": smm.quote_promise(shop, kept=0.9),
    }
    for name, answer in pictures.items():
        axes = answer.plot()
        axes.figure.savefig(DOCS / f"{name}.png", dpi=100, metadata={"Software": None})
        print(name, answer.headline)


if __name__ == "__main__":
    with warnings.catch_warnings(action="ignore", category=smm.SmmWarning):
        main()
