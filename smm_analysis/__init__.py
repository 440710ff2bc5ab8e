"""Who is the audience, and how much may we promise it?

file -> tables -> people -> Cells -> AudienceMixture -> choose, stability, outcomes -> charts -> report
             \\-> orders -> audit -> disconfirmation, surface -> risk -> quote ------> charts
"""

from .audiences.cells import Cells
from .audiences.generations import young_and_old
from .audiences.mixture import AudienceMixture
from .audiences.use import co_use, platform_use_by_age, relative_preference
from .charts.audiences import (
    plot_age_curve,
    plot_audience_ages,
    plot_audience_profile,
    plot_audience_sizes,
    plot_starts,
)
from .charts.promises import plot_disconfirmation, plot_promise_audit, plot_promise_surface, plot_theories
from .charts.theme import theme, use_theme
from .charts.use import plot_co_use, plot_platform_use_by_age, plot_relative_preference
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
from .promises.audit import audit_promises
from .promises.disconfirmation import fit_disconfirmation
from .promises.surface import fit_surface
from .tables.count import count_rows
from .tables.orders import read_orders
from .tables.published import load_published, published_tables
from .tables.simulate import simulate_orders
from .tables.simulate_people import simulate_people
from .tables.survey import read_survey
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
    "audit_promises",
    "co_use",
    "count_rows",
    "fit_disconfirmation",
    "fit_surface",
    "load_published",
    "platform_use_by_age",
    "plot_age_curve",
    "plot_audience_ages",
    "plot_audience_profile",
    "plot_audience_sizes",
    "plot_co_use",
    "plot_disconfirmation",
    "plot_platform_use_by_age",
    "plot_promise_audit",
    "plot_promise_surface",
    "plot_relative_preference",
    "plot_starts",
    "plot_theories",
    "published_tables",
    "read_orders",
    "read_survey",
    "record",
    "relative_preference",
    "set_language",
    "simulate_orders",
    "simulate_people",
    "theme",
    "use_theme",
    "young_and_old",
]
