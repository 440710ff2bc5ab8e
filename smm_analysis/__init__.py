"""Who is the audience, and how much may we promise it?

file -> tables -> people -> Cells -> AudienceMixture -> choose, stability, outcomes -> charts -> report
             \\-> orders -> audit -> disconfirmation, surface -> risk -> quote ------> charts
"""

from .audiences.cells import Cells
from .audiences.choose import bootstrap_lrt, choose_audiences
from .audiences.generations import young_and_old
from .audiences.mixture import AudienceMixture
from .audiences.outcomes import audience_outcome
from .audiences.privacy import hide_small, survey_cells
from .audiences.reach import audience_reach, content_calendar, plan_platforms
from .audiences.separation import age_role, audience_certainty, audience_separation
from .audiences.slopes import audience_slopes
from .audiences.stability import adjusted_rand, global_stability, segment_stability, slsa, stability_across
from .audiences.use import co_use, platform_use_by_age, relative_preference
from .audiences.verdict import Verdict, judge_audiences
from .audiences.waves import compare_waves
from .charts.audiences import (
    plot_age_curve,
    plot_audience_ages,
    plot_audience_profile,
    plot_audience_sizes,
    plot_starts,
)
from .charts.promises import plot_disconfirmation, plot_promise_audit, plot_promise_surface, plot_theories
from .charts.reach import plot_calendar, plot_platform_plan, plot_reach
from .charts.risk import (
    plot_best_promise,
    plot_kept_by_month,
    plot_net_benefit,
    plot_risk_by_month,
    plot_risk_calibration,
)
from .charts.separation import plot_audience_outcome, plot_certainty, plot_separation
from .charts.theme import theme, use_theme
from .charts.trust import plot_choice, plot_global_stability, plot_segment_stability, plot_stability_across
from .charts.use import plot_co_use, plot_platform_use_by_age, plot_relative_preference
from .charts.work import plot_claims, plot_income_months, plot_wages
from .claims import check_claims
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
from .income import simulate_income, wage_percentile
from .lessons import record
from .promises.audit import audit_promises
from .promises.disconfirmation import fit_disconfirmation
from .promises.profit import best_promise
from .promises.quote import quote_promise
from .promises.risk import PromiseRisk
from .promises.surface import fit_surface
from .screening import score_bsas, screening_table
from .tables.count import count_rows
from .tables.orders import read_orders
from .tables.published import glossary, load_published, published_tables
from .tables.simulate import simulate_orders
from .tables.simulate_people import simulate_people
from .tables.simulate_survey import simulate_survey
from .tables.survey import read_survey
from .words import set_language

__all__ = [
    "AudienceMixture",
    "Cells",
    "Drift",
    "LocalOptimum",
    "ModelError",
    "NotIdentified",
    "PromiseRisk",
    "SmallSample",
    "SmmError",
    "SmmWarning",
    "TableError",
    "Unstable",
    "Verdict",
    "adjusted_rand",
    "age_role",
    "audience_certainty",
    "audience_outcome",
    "audience_reach",
    "audience_separation",
    "audience_slopes",
    "audit_promises",
    "best_promise",
    "bootstrap_lrt",
    "check_claims",
    "choose_audiences",
    "co_use",
    "compare_waves",
    "content_calendar",
    "count_rows",
    "fit_disconfirmation",
    "fit_surface",
    "global_stability",
    "glossary",
    "hide_small",
    "judge_audiences",
    "load_published",
    "plan_platforms",
    "platform_use_by_age",
    "plot_age_curve",
    "plot_audience_ages",
    "plot_audience_outcome",
    "plot_audience_profile",
    "plot_audience_sizes",
    "plot_best_promise",
    "plot_calendar",
    "plot_certainty",
    "plot_choice",
    "plot_claims",
    "plot_co_use",
    "plot_disconfirmation",
    "plot_global_stability",
    "plot_income_months",
    "plot_kept_by_month",
    "plot_net_benefit",
    "plot_platform_plan",
    "plot_platform_use_by_age",
    "plot_promise_audit",
    "plot_promise_surface",
    "plot_reach",
    "plot_relative_preference",
    "plot_risk_by_month",
    "plot_risk_calibration",
    "plot_segment_stability",
    "plot_separation",
    "plot_stability_across",
    "plot_starts",
    "plot_theories",
    "plot_wages",
    "published_tables",
    "quote_promise",
    "read_orders",
    "read_survey",
    "record",
    "relative_preference",
    "score_bsas",
    "screening_table",
    "segment_stability",
    "set_language",
    "simulate_income",
    "simulate_orders",
    "simulate_people",
    "simulate_survey",
    "slsa",
    "stability_across",
    "survey_cells",
    "theme",
    "use_theme",
    "wage_percentile",
    "young_and_old",
]
