"""A frame that can live in the attrs of another frame, and is shown whole: people read it."""

import pandas as pd

FEW = 5  # of fewer people than so many nothing is told in a report


class Notes(pd.DataFrame):
    """pandas compares attrs when it joins frames, and needs a plain yes or no."""

    _constructor = property(lambda self: Notes)

    def _repr_html_(self):
        with pd.option_context("display.max_colwidth", None, "display.max_rows", 500):
            return super()._repr_html_()

    def __eq__(self, other):
        return self.equals(other)
