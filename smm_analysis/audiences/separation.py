"""How well do the answers tell the audiences apart?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from ..answer import Answer
from ..words import _, percent
from .outcomes import assign, misclassification, wrongly_assigned

if TYPE_CHECKING:
    from .mixture import AudienceMixture

BINS = 10
SURE = 0.7  # probability of the likeliest audience from which a person is not called doubtful


def audience_certainty(model: AudienceMixture) -> Answer:
    """How sure is it who belongs to which audience?

    Returns
    -------
    Answer
        ``audience, low, high, estimate``: share of everybody whose probability of belonging to the audience lies
        between low and high (the gorge plot of Dolnicar, Gruen & Leisch 2018). Part `assigned`: of the people who
        belong to an audience, the share assigned to each. Fact `doubtful`: share of people whose likeliest audience
        has a probability below .7.
    """
    check_is_fitted(model)
    own, weight = model.posterior(), model.cells_.weight / model.cells_.n_respondents
    edges = np.linspace(0, 1, BINS + 1)
    rows = [
        (audience, low, high, share)
        for audience, p in enumerate(own, start=1)
        for low, high, share in zip(edges, edges[1:], np.histogram(p, edges, weights=weight)[0], strict=False)
    ]
    table = pd.DataFrame(rows, columns=["audience", "low", "high", "estimate"])
    ways = {"age and answers": own, "answers only": model.posterior(items_only=True)}
    assigned = [wrongly_assigned(misclassification(p.T, assign(p.T), weight)).assign(by=by) for by, p in ways.items()]
    parts = {"assigned": pd.concat(assigned, ignore_index=True)[["audience", "assigned", "by", "estimate"]]}
    facts = {"doubtful": float(weight[own.max(0) < SURE].sum())}
    return Answer(table, model.about(), _says, parts, facts, ("certainty", "assignment"))


def _says(answer: Answer) -> tuple[str, str]:
    """How many are doubtful, and whose people are assigned rightly least."""
    own = answer.assigned[answer.assigned["by"] == "age and answers"]
    right = own[own["audience"] == own["assigned"]].set_index("audience")["estimate"]
    doubtful = _("For {share} of the people the likeliest audience is less than 70% sure")
    least = _("Of “{name}”, {share} are assigned rightly: the least of all audiences")
    name = answer.about.names[right.idxmin()]
    return doubtful.format(share=percent(answer.doubtful)), least.format(name=name, share=percent(right.min())) + "."
