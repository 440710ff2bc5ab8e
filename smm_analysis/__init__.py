"""Who is the audience, and how much may we promise it?

file -> tables -> people -> Cells -> AudienceMixture -> choose, stability, outcomes -> charts -> report
             \\-> orders -> audit -> disconfirmation, surface -> risk -> quote ------> charts
"""

from .audiences.cells import Cells
from .audiences.mixture import AudienceMixture
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
from .tables.count import count_rows
from .tables.published import load_published, published_tables
from .words import set_language

__all__ = [
    "AudienceMixture",
    "Cells",
    "Drift",
    "LocalOptimum",
    "ModelError",
    "NotIdentified",
    "SmallSample",
    "SmmError",
    "SmmWarning",
    "TableError",
    "Unstable",
    "count_rows",
    "load_published",
    "published_tables",
    "record",
    "set_language",
    "theme",
    "use_theme",
]
