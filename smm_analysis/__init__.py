"""Who is the audience, and how much may we promise it?"""

# While the house is rebuilt: names are looked up when asked for, so that one unfinished room does not close all others.
from importlib import import_module

_WHERE = {
    "answer": "Answer",
    "audiences.choose": "bootstrap_lrt choose_audiences",
    "audiences.mixture": "AudienceMixture",
    "audiences.outcomes": "audience_outcome",
    "audiences.reach": "plan_platforms",
    "audiences.stability": "adjusted_rand segment_stability",
    "audiences.use": "co_use platform_use_by_age relative_preference",
    "audiences.verify": "verify",
    "charts": "set_theme",
    "errors": "ModelError SmmError SmmWarning TableError",
    "promises.audit": "audit_promises",
    "promises.disconfirmation": "fit_disconfirmation",
    "promises.profit": "best_promise",
    "promises.quote": "quote_promise",
    "promises.risk": "PromiseRisk",
    "promises.surface": "fit_surface",
    "tables.cells": "Cells",
    "tables.orders": "Orders",
    "tables.orders_reader": "read_orders",
    "tables.people": "People",
    "tables.published": "load_published published_tables",
    "tables.simulate": "simulate_orders",
    "tables.simulate_people": "simulate_people simulate_survey",
    "tables.survey": "read_survey",
    "words": "set_language",
}
_HOME = {name: room for room, names in _WHERE.items() for name in names.split()}
__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f".{_HOME[name]}", __package__), name)
