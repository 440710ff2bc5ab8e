"""A frame that can live in the attrs of another frame."""

import pandas as pd


class Notes(pd.DataFrame):
    """pandas compares attrs when it joins frames, and needs a plain yes or no."""

    _constructor = property(lambda self: Notes)

    def __eq__(self, other):
        return self.equals(other)
