"""The notebooks: where they are, and the numbers they state."""

from math import isfinite

from .errors import ModelError
from .words import number

NUMBER = "application/vnd.smm-analysis.number+json"


def record(name: str, value: float, *, digits: int) -> None:
    """State a number that the text relies on, and hand it to the report.

    In a notebook the number is shown and kept in the cell's output, where `smm-analysis report` finds it;
    `report --check` says whether it is still the one in ``notebooks/numbers.json``. Elsewhere it is printed.

    Parameters
    ----------
    name : str
        What the number is, in words; once per notebook.
    value : float
    digits : int
        Decimals that are shown, and that must stay the same.

    Raises
    ------
    ModelError
        If the value is missing or infinite, or `digits` is negative.

    Examples
    --------
    >>> record("people in the survey", 1366, digits=0)
    people in the survey = 1,366
    """
    if not isfinite(value):
        raise ModelError("value", f"'{name}' must be a finite number", str(value), "Find out why before stating it.")
    if digits < 0:
        raise ModelError("digits", "0 or more decimals", str(digits), "Choose how many decimals the text relies on.")
    text = f"{name} = {number(value, digits)}"
    if not _in_ipython():
        print(text)
        return
    from IPython.display import display

    kept = {"name": name, "value": round(float(value), digits + 2), "digits": digits}
    display({"text/plain": text, NUMBER: kept}, raw=True)


def _in_ipython() -> bool:
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None
