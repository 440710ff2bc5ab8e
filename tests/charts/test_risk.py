"""Charts of risk and quotes, read by their artists."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest

from smm_analysis import (
    Drift,
    ModelError,
    PromiseRisk,
    best_promise,
    plot_best_promise,
    plot_kept_by_month,
    plot_net_benefit,
    plot_risk_by_month,
    plot_risk_calibration,
    quote_promise,
    simulate_orders,
    theme,
)
from smm_analysis.charts.alt import describe


@pytest.fixture(scope="module")
def orders():
    return simulate_orders(2000, seed=11)[0]


@pytest.fixture(scope="module")
def evaluation(orders):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Drift)
        return PromiseRisk().evaluate(orders, n_resamples=50)


@pytest.fixture(scope="module")
def table(orders):
    return best_promise(orders, margin=10, loss=10, slope=0.01)


@pytest.fixture(autouse=True)
def house_style():
    with theme():
        yield


def words(ax):
    """Title and caption: what a reader must be able to see."""
    return ax.get_title(loc="left").replace("\n", " "), ax.figure.get_supxlabel().replace("\n", " ")


def test_the_calibration_draws_its_tenths_against_the_diagonal(evaluation):
    ax = plot_risk_calibration(evaluation)
    np.testing.assert_array_equal(*ax.lines[0].get_data())
    x, y = ax.containers[0][0].get_data()
    np.testing.assert_allclose(np.array([x, y], float), evaluation.calibration[["expected", "estimate"]].T)
    finding, below = words(ax)
    assert "highest risk" in finding and "simulated data" in below and "95% intervals" in below


def test_months_that_were_not_foreseen_have_a_ring(evaluation):
    ax = plot_risk_by_month(evaluation)
    (rings,) = [shape for shape in ax.collections if shape.get_label() == "not foreseen"]
    off = evaluation.months[evaluation.months["off"]]
    np.testing.assert_allclose(rings.get_offsets(), np.column_stack([off.index, off["estimate"]]))
    assert len({line.get_linestyle() for line in (ax.lines[0], ax.containers[0][0])}) == 2
    assert words(ax)[0].startswith(f"In {len(off)} of {len(evaluation.months)} months")


def test_net_benefit_has_its_three_lines_and_says_whether_it_pays(evaluation):
    ax = plot_net_benefit(evaluation)
    for line, strategy in zip(ax.lines, ("model", "all", "none"), strict=True):
        rows = evaluation.net_benefit[evaluation.net_benefit["strategy"] == strategy]
        np.testing.assert_allclose(line.get_ydata(), 1000 * rows["estimate"])
    gain = evaluation.net_benefit.query("strategy == 'gain'")
    assert ("more per 1,000 orders" in words(ax)[0]) == bool((gain["low"] > 0).any())


def test_kept_by_month_shows_the_history_and_the_promise_below(orders):
    quote = quote_promise(orders)
    ax = plot_kept_by_month(quote)
    np.testing.assert_allclose(np.array(ax.containers[0][0].get_ydata(), float), quote.history["estimate"])
    first = ax.get_xticklabels()[0].get_text().split("\n")
    assert first == [quote.history["month"].iloc[0][5:].lstrip("0"), f"{quote.history['promised'].iloc[0]:.0f}", "2023"]
    assert "90% were to be kept" in words(ax)[0] and "quoted anew every month" in words(ax)[1]
    groups = plot_kept_by_month(quote_promise(orders, by="segment", adapt=False), ax=plt.subplots()[1])
    assert [box.get_label() for box in groups.containers] == ["far", "middle", "near"]
    assert "never changed" in words(groups)[1]
    with pytest.raises(ModelError, match=r"`quote`: only a history can be drawn; found no month"):
        plot_kept_by_month(quote_promise(orders[["actual"]]))


def test_the_best_promise_has_a_number_for_every_input_and_a_frame_for_yours(table):
    ax = plot_best_promise(table)
    grid = table.attrs["sensitivity"]
    said = [text.get_text() for text in ax.texts]
    assert len(said) == 2 * len(grid) and said[::2].count("20") == (grid["promised"] == 20).sum()
    (frame,) = ax.patches
    assert frame.get_xy() == (2, 2)
    assert words(ax)[0].endswith("your inputs decide") and "margin 10" in ax.get_xlabel()
    assert "20 days" in describe(ax.figure)


@pytest.mark.parametrize("style", ["screen", "projector"])
def test_nothing_written_leaves_the_picture(orders, evaluation, table, style):
    plots = (plot_risk_calibration, plot_risk_by_month, plot_net_benefit)
    results = [*((plot, evaluation) for plot in plots), (plot_best_promise, table)]
    with theme(style):
        for plot, result in [*results, (plot_kept_by_month, quote_promise(orders))]:
            figure, ax = plt.subplots()
            assert plot(result, ax=ax) is ax
            figure.canvas.draw()
            for text in (ax._left_title, ax.xaxis.label, ax.yaxis.label):
                extent, box = text.get_window_extent(), figure.bbox
                assert extent.x0 >= box.x0 - 1 and extent.x1 <= box.x1 + 1 and extent.y1 <= box.y1 + 1, (plot, text)
            plt.close(figure)
