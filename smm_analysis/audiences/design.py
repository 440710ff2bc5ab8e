"""What unequal weights do to AIC: the information of a fit against the spread of its scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .em import posterior

if TYPE_CHECKING:
    from .mixture import AudienceMixture

LEAST = 0.1  # of a person's answer: information from which a parameter is not at its limit


def design_aic(model: AudienceMixture) -> float:
    """dAIC = -2 LL + 2 tr(H^-1 J) (Lumley & Scott 2015), H observed information, J sum of weight^2 x score score'.

    A parameter at its limit (an answer that nobody gives) has no information and counts as one, as in AIC.
    """
    information, score = observed_information(model)
    inside = np.diag(information) > LEAST
    information, score = information[np.ix_(inside, inside)], score[:, inside]
    spread = score.T @ (model.cells_.weight_squared[:, None] * score)
    scale = np.sqrt(np.diag(information))
    inverse = np.linalg.pinv(information / scale / scale[:, None], rcond=1e-6, hermitian=True)
    penalty = np.sum(inverse * (spread / scale / scale[:, None])) + (~inside).sum()
    return float(-2 * model.log_likelihood_ + 2 * penalty)


def observed_information(model: AudienceMixture) -> tuple[np.ndarray, np.ndarray]:
    """Minus the Hessian of the weighted log-likelihood (p, p), and the scores of one person in each cell (C, p).

    After Louis (1982), from complete data: with S the score and B the information if the audience were known,
    H = sum of weight x (E[B] - E[S S'] + E[S] E[S]'), expectations over the audience given age and answers. Parameters:
    logits of the shares (every audience but the last) and of the answers (every answer of an item but its last).
    """
    grid, theta = model._grid, model.theta_
    own, weight = posterior(grid, theta), grid.weight
    age, answers = grid.split(theta)
    free = np.append(np.diff(grid.item) == 0, False)
    given = grid.patterns[grid.column][:, free]
    asked = (grid.patterns[grid.column] @ grid.items_of)[:, grid.item[free]]
    design = grid.age_model.design[grid.row]  # (C, q)
    share = grid.age_model.share(age)[:-1, grid.row]  # (K - 1, C)
    k, q, m = len(theta), design.shape[1], int(free.sum())
    p = (k - 1) * q + k * m
    information, score = np.zeros((p, p)), np.zeros((len(weight), p))
    curved = np.einsum("c,jc,jlc,cq,cr->jqlr", weight, share, _one_less(share), design, design, optimize=True)
    information[: (k - 1) * q, : (k - 1) * q] = curved.reshape((k - 1) * q, (k - 1) * q)
    for audience in range(k):
        member = np.arange(k - 1)[:, None] == audience
        chance, people = np.exp(answers[audience, free]), weight * own[audience]
        mine = slice((k - 1) * q + audience * m, (k - 1) * q + (audience + 1) * m)
        part = np.zeros_like(score)
        part[:, : (k - 1) * q] = ((member - share).T[:, :, None] * design[:, None]).reshape(len(weight), -1)
        part[:, mine] = given - asked * chance
        same = grid.item[free][:, None] == grid.item[free]
        information[mine, mine] += np.diag(people @ asked * chance) - same * np.outer(chance, chance) * (people @ asked)
        information -= part.T @ (people[:, None] * part)
        score += own[audience][:, None] * part
    return information + score.T @ (weight[:, None] * score), score


def _one_less(share: np.ndarray) -> np.ndarray:
    """1 - share on the diagonal, - share beside it: (K - 1, K - 1, C)."""
    return np.eye(len(share))[:, :, None] - share
