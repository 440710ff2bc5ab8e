"""Three ways in which age can enter a mixture: as a curve, as bands, or not at all.

P(audience | age) is a softmax of `design` @ theta. Parameters `theta` have shape (..., K, q), any number of starts or
bootstrap replicates at once; the q columns are those of the curve first, then log shares of groups of ages (all of
them; every band; the people of unknown age, whose row is the last, NaN).

Everything is conditional on age (Dayton & Macready 1988; Bandeen-Roche et al. 1997), so that a survey's age mix alone
creates no audience, as it does where ages are normal within an audience.
"""

import numpy as np

from ..errors import ModelError

AGE_WAYS = ("curve", "bands", None)
MOST_BANDS = 15
RIDGE = 1e-6  # on the curve's squared coefficients: keeps a sharp age boundary finite, costs under .001 elsewhere
SHARP = 20.0  # range of a linear predictor from which a boundary is called sharp
FLOOR = -30.0  # of a log share


class AgeModel:
    """The age part of a mixture, for the table's ages (A,), ascending, and the people `n` of each."""

    def __init__(self, way: str | None, ages: np.ndarray, n: np.ndarray):
        self.way, self.known = way, np.isfinite(ages)
        self.ages, weight = ages[self.known], n[self.known]
        self.degree, self.mean, self.sd = -1, 0.0, 1.0
        if way == "bands" and len(self.ages) > MOST_BANDS:
            rule, found = f'age="bands" takes at most {MOST_BANDS} ages or bands', f"{len(self.ages)} different ages"
            remedy = "Band the ages first (age_low = age // 10 * 10, age_high = age_low + 9), or use the curve."
            raise ModelError("age", rule, found, remedy)
        if way == "curve":  # a quadratic, if three ages are there
            self.degree = int(np.clip((weight > 0).sum() - 1, 0, 2))
            self.mean = np.average(self.ages, weights=weight) if len(self.ages) else 0.0
            self.sd = np.sqrt(np.average((self.ages - self.mean) ** 2, weights=weight)) if self.degree else 1.0
        self.columns, groups = self.degree + 1, {"curve": (~self.known).sum(), "bands": len(ages), None: 1}[way]
        spread = [0.0, 0.7, 0.3][: self.columns] + [0.3 if way else 0.0] * groups
        self.noise = np.array(spread)  # by which a start moves
        self.level = np.append(np.arange(self.columns) == 0, np.ones(groups))  # the columns that are log shares
        self.design = self.design_at(ages)
        self.basis, self.free = self.design[self.known, : self.columns], self.design[:, self.columns :]

    def design_at(self, ages: np.ndarray) -> np.ndarray:
        """Powers of standardised age, and the group, of ages (n,): (n, q); outside the fitted range of its end."""
        design, known = np.zeros((len(ages), len(self.noise))), np.isfinite(ages)
        if self.way is None:
            return design + 1
        if not self.known.all():
            design[~known, -1] = 1
        inside = ages[known].clip(self.ages[:1], self.ages[-1:])
        if self.way == "curve":
            design[known, : self.columns] = ((inside - self.mean) / self.sd)[:, None] ** np.arange(self.columns)
        else:
            design[known, np.searchsorted(self.ages, inside)] = 1
        return design

    def n_parameters(self, k: int) -> int:
        """Those of a softmax: adding a constant to all audiences changes nothing."""
        return (k - 1) * len(self.noise)

    def start(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Random starts for standardised ages z (..., K) of the seeds: a curve leans towards the age of its seed."""
        theta = np.zeros((*z.shape, len(self.noise)))
        if self.way == "bands":
            theta = rng.normal(0, 0.5, theta.shape)
        elif self.degree > 0:
            theta[..., 1] = z
        return theta

    def normalise(self, theta: np.ndarray) -> np.ndarray:
        """The same shares: a curve's coefficients add up to zero over the audiences, free ones are log shares."""
        curve, free = theta[..., : self.columns], theta[..., self.columns :]
        curve = curve - curve.mean(-2, keepdims=True)
        return np.concatenate([curve, np.maximum(log_softmax(free), FLOOR)], -1)

    def log_factor(self, theta: np.ndarray) -> np.ndarray:
        """log P(audience | age) at the table's ages, shape (..., K, A)."""
        factor = theta @ self.design.T
        return log_softmax(factor) if self.columns else factor  # free columns alone are log shares

    def share(self, theta: np.ndarray) -> np.ndarray:
        """P(audience | age) at the table's ages, shape (..., K, A)."""
        return np.exp(self.log_factor(theta))

    def penalty(self, theta: np.ndarray) -> np.ndarray:
        """The ridge under the curve's coefficients, which the objective subtracts from the log-likelihood."""
        return RIDGE / 2 * (theta[..., : self.columns] ** 2).sum((-1, -2))

    def m_step(self, theta: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Better parameters from expected counts (..., K, A), never worse in likelihood."""
        curve = newton_step(theta[..., : self.columns], self.basis, expected[..., self.known])
        people = expected @ self.free
        total = np.maximum(people.sum(-2, keepdims=True), 1e-300)
        return np.concatenate([curve, np.log(np.maximum(people / total, np.exp(FLOOR)))], -1)

    def at(self, theta: np.ndarray, ages: np.ndarray, share: np.ndarray) -> np.ndarray:
        """log P(audience | age) of new people, shape (..., K, n).

        Of unknown age it is `share`, where the fit had no such people; an age that no fitted band holds is an error.
        """
        known = np.isfinite(ages)
        unseen = np.setdiff1d(ages[known], self.ages)
        if self.way == "bands" and len(unseen):
            remedy = "Use the curve for new ages."
            raise ModelError("age", "must lie in a band that the fit has seen", f"{unseen[0]:g}", remedy)
        found = log_softmax(theta @ self.design_at(ages).T)
        return np.where(known, found, np.log(share)[:, None]) if self.known.all() else found

    def is_sharp(self, theta: np.ndarray) -> bool:
        """Whether only the ridge keeps the curve of an audience with a sharp age boundary finite."""
        return bool(self.basis.size) and np.ptp(theta[:, : self.columns] @ self.basis.T, axis=1).max() > SHARP


def log_softmax(x: np.ndarray) -> np.ndarray:
    """Over the audiences, axis -2 (as SciPy's, at a fifth of its cost for small arrays)."""
    x = x - x.max(-2, keepdims=True)
    return x - np.log(np.exp(x).sum(-2, keepdims=True))


def newton_step(g: np.ndarray, basis: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """A step uphill on sum_ak R[k,a] log softmax_k(g_k . basis_a) - ridge, shapes (..., K, q), (A, q), (..., K, A).

    The step is halved until the objective does not fall; the result adds up to zero over the audiences.
    """
    *batch, k, q = g.shape
    if k == 1 or not basis.size:
        return g
    n, powers = expected.sum(-2), np.ascontiguousarray(basis.T)

    def value(g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The objective, and the log shares."""
        log_share = log_softmax(g @ powers)
        return (expected * log_share).sum((-1, -2)) - RIDGE / 2 * (g**2).sum((-1, -2)), log_share

    before, log_share = value(g)
    share = np.exp(log_share)
    people = share * n[..., None, :]
    gradient = (expected - people) @ basis - RIDGE * g
    slope = (share[..., None, :] * powers).reshape(*batch, k * q, len(basis))
    hessian = RIDGE * np.eye(k * q) - (slope * n[..., None, :]) @ slope.swapaxes(-1, -2)
    squares = (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), q * q)
    own = np.einsum("...kikj->...kij", hessian.reshape(*batch, k, q, k, q))
    own += (people @ squares).reshape(*batch, k, q, q)
    step = np.linalg.solve(hessian, gradient.reshape(*batch, k * q, 1)).reshape(g.shape)
    step -= step.mean(-2, keepdims=True)
    for _ in range(30):
        worse = value(g + step)[0] < before
        if not worse.any():
            return g + step
        step = np.where(worse[..., None, None], step / 2, step)
    return np.where(worse[..., None, None], g, g + step)
