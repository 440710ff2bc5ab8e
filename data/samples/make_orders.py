"""Write orders.csv again, byte for byte: `python data/samples/make_orders.py`."""

from pathlib import Path

from smm_analysis import simulate_orders

LABEL = "# simulated by data/samples/make_orders.py: no real shop and no real customer"


def text() -> str:
    """The sample as CSV with its label in the first line; days are left to be counted from the dates."""
    orders, _truth = simulate_orders(1500, random_state=5, drift=0.15)
    table = orders.table.drop(columns=["promised", "actual", "reviewed", "count"]).astype({"outcome": int})
    return f"{LABEL}\n{table.to_csv(index=False, lineterminator=chr(10))}"


if __name__ == "__main__":
    (Path(__file__).parent / "orders.csv").write_bytes(text().encode())
