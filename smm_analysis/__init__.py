"""Who is the audience, and how much may we promise it?

file -> tables -> people -> Cells -> AudienceMixture -> choose, stability, outcomes -> charts -> report
             \\-> orders -> audit -> disconfirmation, surface -> risk -> quote ------> charts
"""

from .charts.theme import theme, use_theme
from .errors import (
    Drift,
    LocalOptimum,
    ModelError,
    NotIdentified,
    SmallSample,
    SmmError,
    SmmWarning,
    TableError,
    Unstable,
)
from .lessons import record
from .tables.published import load_published, published_tables
from .words import set_language

__all__ = [
    "Drift",
    "LocalOptimum",
    "ModelError",
    "NotIdentified",
    "SmallSample",
    "SmmError",
    "SmmWarning",
    "TableError",
    "Unstable",
    "load_published",
    "published_tables",
    "record",
    "set_language",
    "theme",
    "use_theme",
]
