"""Who is the audience, and how much may we promise it?

    file or frame -> People -> Cells -> AudienceMixture -> Answer -> .plot() -> notebook -> page
              \\----> Orders ---------> audit, kink, quote -> Answer /

Names are looked up when they are first asked for: the command line and its messages come at once.
"""

from importlib import import_module

ROOMS = {
    "answer": ("Answer",),
    "audiences.choose": ("choose_audiences",),
    "audiences.mixture": ("AudienceMixture",),
    "audiences.outcomes": ("audience_outcome",),
    "audiences.reach": ("plan_platforms",),
    "audiences.stability": ("adjusted_rand", "bootstrap_lrt", "segment_stability"),
    "audiences.use": ("co_use", "platform_use_by_age", "relative_preference"),
    "audiences.verify": ("verify",),
    "charts": ("set_theme",),
    "errors": ("ModelError", "SmmError", "SmmWarning", "TableError"),
    "pages.explorer": ("explore_promise",),
    "promises.audit": ("audit_promises",),
    "promises.disconfirmation": ("fit_disconfirmation",),
    "promises.profit": ("best_promise",),
    "promises.quote": ("quote_promise",),
    "promises.risk": ("PromiseRisk",),
    "promises.surface": ("fit_surface",),
    "tables.cells": ("Cells",),
    "tables.orders": ("Orders",),
    "tables.orders_reader": ("read_orders",),
    "tables.people": ("People",),
    "tables.published": ("load_published", "published_tables"),
    "tables.simulate": ("simulate_orders", "simulate_people", "simulate_survey"),
    "tables.survey": ("read_survey",),
    "words": ("set_language",),
}
HOME = {name: room for room, names in ROOMS.items() for name in names}
__all__ = sorted(HOME)


def __getattr__(name: str):
    if name == "__version__":
        return import_module("importlib.metadata").version("smm-analysis")
    if name not in HOME:
        raise AttributeError(f"smm_analysis has no {name!r}; it has {', '.join(__all__)}")
    globals()[name] = found = getattr(import_module(f".{HOME[name]}", __package__), name)
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
