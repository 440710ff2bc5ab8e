"""Charts of promises, read by their artists."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from smm_analysis import (
    audit_promises,
    fit_disconfirmation,
    fit_surface,
    plot_disconfirmation,
    plot_promise_audit,
    plot_promise_surface,
    plot_theories,
    simulate_orders,
    theme,
)
from smm_analysis.words import set_language


@pytest.fixture(autouse=True)
def house_style():
    with theme("screen"):
        yield
    set_language("en")


@pytest.fixture(scope="module")
def orders():
    return simulate_orders(3000, seed=11)[0]


@pytest.fixture(scope="module")
def surface(orders):
    return fit_surface(orders, higher_is_better=False, center=True)


def words(ax):
    """Title and caption: what a reader must be able to see."""
    return ax.get_title(loc="left").replace("\n", " "), ax.figure.get_supxlabel().replace("\n", " ")


def test_the_audit_draws_the_shares_of_the_frame_twice(orders):
    audit = audit_promises(orders, higher_is_better=False)
    ax = plot_promise_audit(audit)
    shares = audit.bands[audit.bands["measure"] == "dissatisfied"]
    for view, container in zip(("all", "after arrival"), ax.containers, strict=False):
        rows = shares[(shares["reviews"] == view) & shares["up_to"].notna()].sort_values("band")
        np.testing.assert_allclose(container[0].get_ydata(orig=False), rows["estimate"])
    assert len({container[0].get_marker() for container in ax.containers}) == len(ax.containers) == 3
    assert ax.get_ylim() == (0, 1) and "score up to 2" in ax.get_ylabel()
    finding, below = words(ax)
    assert finding == audit.attrs["headline"] and "n = 3,000" in below and "simulated data" in below
    assert [label.get_text().split("\n")[0] for label in ax.get_xticklabels()][2:5] == ["0", "1 to 3", "4 to 7"]


def test_the_kink_has_its_curve_its_data_and_its_density(orders):
    fit = fit_disconfirmation(orders, higher_is_better=False, cap=7)
    ax = plot_disconfirmation(fit)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), fit.curve.sort_values("beyond")["estimate"])
    drawn = fit.density[fit.density["beyond"].between(*ax.get_xlim())]
    np.testing.assert_allclose(ax.collections[1].get_offsets()[:, 1], drawn["mean"])
    (strip,) = ax.child_axes
    assert [bar.get_height() for bar in strip.patches] == list(drawn["n"])
    assert "late" in ax.get_xlabel() and words(ax)[0] == fit.attrs["headline"]
    assert "are not used" in words(ax)[1]


def test_the_surface_shows_nothing_outside_the_data(surface):
    ax = plot_promise_surface(surface)
    hull = surface.hull
    assert ax.get_xlim() == (hull["promised"].min(), hull["promised"].max())
    assert ax.get_ylim() == (hull["actual"].min(), hull["actual"].max())
    kept, incongruent = ax.lines
    np.testing.assert_allclose(kept.get_xdata(), kept.get_ydata())
    np.testing.assert_allclose(np.add(*incongruent.get_data()), 2 * surface.attrs["centre"])
    assert all(line.get_clip_path() is not None for line in ax.lines)
    assert kept.get_label() != incongruent.get_label() and kept._dash_pattern != incongruent._dash_pattern
    assert ax.get_xlabel() == "Promised (days)" and ax.get_ylabel() == "Actual (days)"


def test_every_theory_has_its_row_and_its_words(surface):
    ax = plot_theories(surface)
    fair = surface.theories[surface.theories["signs_hold"]].sort_values("delta")
    np.testing.assert_allclose([bar.get_width() for bar in ax.patches], fair["delta"])
    said = {text.get_text() for text in ax.texts}
    assert set(surface.theories["in_words"]) <= said
    assert sum(text.get_text() == "the signs contradict it" for text in ax.texts) == len(surface.theories) - len(fair)


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_legend_lies_on_the_data_or_squeezes_the_axes(orders, surface, language):
    set_language(language)
    kink = fit_disconfirmation(orders, higher_is_better=False, cap=7)
    for ax in (plot_disconfirmation(kink, ax=plt.figure().gca()), plot_promise_surface(surface, ax=plt.figure().gca())):
        ax.figure.canvas.draw()
        legend = ax.get_legend().get_window_extent()
        assert legend.y0 >= ax.bbox.y1 - 1 and legend.x1 <= ax.figure.bbox.x1 + 1
        assert ax.bbox.width > 0.7 * ax.figure.bbox.width
        above = [text for text in ax.texts if text.get_text().strip() in ("as promised", "wie versprochen")]
        marks = max(ax.transData.transform(line.get_xydata())[:, 1].max() for line in ax.lines[:1])
        assert all(text.get_window_extent().y0 > marks + 10 for text in above)


@pytest.mark.parametrize("style", ["screen", "projector"])
def test_nothing_written_leaves_the_picture_or_covers_the_title(orders, surface, style):
    results = {
        plot_promise_audit: audit_promises(orders, higher_is_better=False),
        plot_disconfirmation: fit_disconfirmation(orders, higher_is_better=False, cap=7),
        plot_promise_surface: surface,
        plot_theories: surface,
    }
    with theme(style):
        for plot, result in results.items():
            figure, ax = plt.subplots()
            assert plot(result, ax=ax) is ax
            figure.canvas.draw()
            box = figure.bbox
            for text in (ax._left_title, ax.xaxis.label, *([ax.yaxis.label] if ax.get_ylabel() else [])):
                extent = text.get_window_extent()
                assert extent.x0 >= box.x0 - 1 and extent.x1 <= box.x1 + 1 and extent.y1 <= box.y1 + 1, (plot, text)
            plt.close(figure)
