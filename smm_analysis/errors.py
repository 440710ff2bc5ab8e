"""What can go wrong, in one short family.

An error says four things: the name of the thing, the rule, what was found and where, what to do.
Statistical doubt is no error: it is a warning with a class of its own, so that a reader can find it,
and a test can demand it.
"""


class SmmError(ValueError):
    """The input cannot be analysed as it stands; the message says what to change.

    >>> raise TableError("age", "ages lie between 0 and 120 years", "161 in row 7", "Correct or clear it.")
    Traceback (most recent call last):
    ...
    smm_analysis.errors.TableError: `age`: ages lie between 0 and 120 years; found 161 in row 7. Correct or clear it.
    """

    def __init__(self, name: str, rule: str, found: str, remedy: str):
        super().__init__(name, rule, found, remedy)
        self.name, self.rule, self.found, self.remedy = name, rule, found, remedy

    def __str__(self) -> str:
        return brief(f"`{self.name}`: {self.rule}; found {self.found}. {self.remedy}")


class TableError(SmmError):
    """A file, a frame or a column breaks a rule."""


class ModelError(SmmError):
    """A model is asked for something it cannot do, or with parameters that make no sense."""


class SmmWarning(UserWarning):
    """The result is computable, but something about it deserves doubt."""


class LocalOptimum(SmmWarning):
    """The best likelihood was reached by one start only: another start may find a better one."""


class NotIdentified(SmmWarning):
    """Different parameters describe the data equally well: the parameters must not be read."""


class SmallSample(SmmWarning):
    """Too few people for what is asked of them."""


class Unstable(SmmWarning):
    """Another sample would probably change the result."""


class Drift(SmmWarning):
    """What held in earlier months does not hold in later ones."""


def brief(text: str, most: int = 500) -> str:
    """A message of at most 500 letters, its middle left out: what to do stands at the end."""
    return text if len(text) <= most else f"{text[: most // 2 - 3]} ... {text[2 - most // 2 :]}"


def one_of(name: str, value: object, choices) -> object:
    """`value`, if it is among `choices`; otherwise an error that lists them."""
    if value not in choices:
        raise ModelError(name, f"is one of {', '.join(map(repr, choices))}", repr(value), "Choose one of these.")
    return value
