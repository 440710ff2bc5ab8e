"""Three ways in which age can enter a mixture, with one interface.

Parameters of the age part are one array `theta` of shape (..., K, q): any number of starts or bootstrap replicates at
once. Each class gives, for the table's A age rows (a missing age is the last row, NaN):

log_factor(theta)      log A[k, a] of shape (..., K, A): log P(audience | age)
m_step(theta, R)       better parameters, given R = expected counts (..., K, A); never worse in likelihood
n_parameters(K)        free parameters
start(z, rng)          parameters of random starts, for the standardised ages z of the seeds, shape (..., K)
at(theta, ages, share) log_factor for the ages of new people
gradient()             d log A / d own parameters before the shares are scaled, shape (A, q)

All condition on age (Dayton & Macready 1988; Bandeen-Roche et al. 1997), so that a survey's age mix alone creates no
audience, as it does where ages are normal within an audience.
"""

import numpy as np
from scipy.special import log_softmax, softmax

from ..errors import ModelError

RIDGE = 1e-6  # on the curve's squared coefficients: keeps a sharp age boundary finite, costs under .001 elsewhere
SHARP = 20.0  # range of a linear predictor from which a boundary is called sharp
FLOOR = -30.0  # of a log share


class NoAge:
    """The items alone: one share per audience, whatever the age."""

    share_columns, noise = np.array([True]), np.array([0.0])

    def __init__(self, ages: np.ndarray, n: np.ndarray):
        self.ages = ages

    def n_parameters(self, k: int) -> int:
        """Those of a softmax: adding a constant to all audiences changes nothing."""
        return (k - 1) * len(self.noise)

    def gradient(self) -> np.ndarray:
        """One share for all ages."""
        return np.ones((len(self.ages), 1))

    def share(self, theta: np.ndarray) -> np.ndarray:
        """P(audience | age) at every age of the table, shape (..., K, A)."""
        return np.exp(self.log_factor(self.normalise(theta)))

    def start(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Equal shares."""
        return np.zeros((*z.shape, 1))

    def normalise(self, theta: np.ndarray) -> np.ndarray:
        """Log shares that add up to one, none below the floor."""
        return np.maximum(log_softmax(theta, axis=-2), FLOOR)

    def log_factor(self, theta: np.ndarray) -> np.ndarray:
        """log pi_k, alike for all ages."""
        return np.broadcast_to(theta, (*theta.shape[:-1], len(self.ages)))

    def m_step(self, theta: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Shares are the expected counts, scaled."""
        return _log_shares(expected.sum(-1, keepdims=True))

    def at(self, theta: np.ndarray, ages: np.ndarray, share: np.ndarray) -> np.ndarray:
        """log pi_k for every new person."""
        return np.broadcast_to(theta, (*theta.shape[:-1], len(ages)))

    def penalty(self, theta: np.ndarray) -> np.ndarray | float:
        """What the objective subtracts from the log-likelihood, per start: nothing."""
        return 0.0

    def active(self, theta: np.ndarray) -> str | None:
        """Nothing can be active here."""


class Bands(NoAge):
    """A free share of every audience at every age or band; missing ages have shares of their own."""

    def __init__(self, ages: np.ndarray, n: np.ndarray):
        known = int(np.isfinite(ages).sum())
        if known > 15:
            raise ModelError(
                "age",
                'age="bands" takes at most 15 ages or bands',
                f"{known} different ages",
                "Band the ages first (age_low = age // 10 * 10, age_high = age_low + 9), or use the curve.",
            )
        self.ages = ages
        self.share_columns = np.ones(len(ages), bool)
        self.noise = np.full(len(ages), 0.3)

    def gradient(self) -> np.ndarray:
        """Every band has its own share."""
        return np.eye(len(self.ages))

    def start(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Shares that differ a little from band to band."""
        return rng.normal(0, 0.5, (*z.shape, len(self.ages)))

    def log_factor(self, theta: np.ndarray) -> np.ndarray:
        """log pi_k(band)."""
        return theta

    def m_step(self, theta: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """In every band, shares are the expected counts, scaled."""
        return _log_shares(expected)

    def at(self, theta: np.ndarray, ages: np.ndarray, share: np.ndarray) -> np.ndarray:
        """The band's shares; a known age that no fitted band holds is an error, a missing one takes `share`."""
        unseen = np.setdiff1d(ages[np.isfinite(ages)], self.ages)
        if len(unseen):
            found = f"{unseen[0]:g}"
            raise ModelError("age", "must lie in a band that the fit has seen", found, "Use the curve for new ages.")
        given = theta if np.isnan(self.ages[-1]) else np.concatenate([theta, self._unknown(theta, share)], -1)
        return given[..., np.searchsorted(self.ages[np.isfinite(self.ages)], ages)]  # NaN: behind the last

    def _unknown(self, theta: np.ndarray, share: np.ndarray) -> np.ndarray:
        """log shares of people of unknown age where the fit had none, (..., K, 1)."""
        return np.broadcast_to(np.log(share)[:, None], (*theta.shape[:-1], 1))


class Curve(NoAge):
    """P(audience | age) = softmax of a quadratic in standardised age; nothing is assumed about the ages themselves."""

    def __init__(self, ages: np.ndarray, n: np.ndarray):
        self.ages, self.known = ages, np.isfinite(ages)
        known, weight = ages[self.known], n[self.known]
        self.degree = int(np.clip((weight > 0).sum() - 1, 0, 2))
        self.mean = np.average(known, weights=weight) if len(known) else 0.0
        self.sd = np.sqrt(np.average((known - self.mean) ** 2, weights=weight)) if self.degree else 1.0
        self.basis = self._basis(known)
        self.columns = self.degree + 1
        missing = [True] * int((~self.known).any())
        self.share_columns = np.array([True] + [False] * self.degree + missing)
        self.noise = np.array([0.0] + [0.7, 0.3][: self.degree] + [0.3] * len(missing))

    def _basis(self, ages: np.ndarray) -> np.ndarray:
        """Powers 0 to `degree` of standardised age, shape (n, degree + 1)."""
        return ((ages - self.mean) / self.sd)[:, None] ** np.arange(self.degree + 1)

    def gradient(self) -> np.ndarray:
        """The basis, and the indicator of the missing ages."""
        design = np.zeros((len(self.ages), len(self.noise)))
        design[self.known, : self.columns] = self.basis
        design[~self.known, self.columns :] = 1
        return design

    def start(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """An audience leans towards the age of its seed."""
        theta = np.zeros((*z.shape, len(self.share_columns)))
        if self.degree:
            theta[..., 1] = z
        return theta

    def normalise(self, theta: np.ndarray) -> np.ndarray:
        """Coefficients that add up to zero over the audiences."""
        return theta - theta.mean(-2, keepdims=True)

    def penalty(self, theta: np.ndarray) -> np.ndarray:
        """The ridge under the curve's coefficients."""
        return RIDGE / 2 * (theta[..., : self.columns] ** 2).sum((-1, -2))

    def log_factor(self, theta: np.ndarray) -> np.ndarray:
        """log pi_k(age), the row of missing ages last."""
        curve = theta[..., : self.columns] @ self.basis.T
        return log_softmax(np.concatenate([curve, theta[..., self.columns :]], -1), axis=-2)

    def m_step(self, theta: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """One Newton step of the multinomial logit, halved until the expected likelihood does not fall."""
        g = _newton_step(theta[..., : self.columns], self.basis, expected[..., self.known])
        return np.concatenate([g, _log_shares(expected[..., ~self.known])], -1)

    def at(self, theta: np.ndarray, ages: np.ndarray, share: np.ndarray) -> np.ndarray:
        """The curve at `ages`; outside the fitted range the value at the nearest end, for missing ages their shares."""
        ends = self.ages[self.known]
        clipped = np.clip(np.nan_to_num(ages, nan=self.mean), ends.min(), ends.max()) if len(ends) else 0 * ages
        curve = log_softmax(theta[..., : self.columns] @ self._basis(clipped).T, axis=-2)
        missing = log_softmax(theta[..., self.columns], axis=-1) if (~self.known).any() else np.log(share)
        return np.where(np.isfinite(ages), curve, missing[..., None])

    def active(self, theta: np.ndarray) -> str | None:
        """The ridge is what keeps the curve of an audience with a sharp age boundary finite."""
        if len(self.basis) and np.ptp(theta[:, : self.columns] @ self.basis.T, axis=1).max() > SHARP:
            return (
                "An audience begins or ends so sharply at some age that its curve has no finite maximum; a small ridge "
                "stopped it. Its coefficients mean nothing beyond 'a sharp boundary'; shares and profiles stand."
            )


AGE_MODELS = {"curve": Curve, "bands": Bands, None: NoAge}


def _log_shares(expected: np.ndarray) -> np.ndarray:
    """log of expected counts over their sum across audiences, not below the floor."""
    total = np.maximum(expected.sum(-2, keepdims=True), 1e-300)
    return np.log(np.maximum(expected / total, np.exp(FLOOR)))


def _newton_step(g: np.ndarray, basis: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """A step uphill on sum_ak R[k,a] log softmax_k(g_k . basis_a) - ridge, shapes (..., K, q), (A, q), (..., K, A).

    The step is halved until the objective does not fall; the result adds up to zero over the audiences.
    """
    *batch, k, q = g.shape
    if k == 1 or not len(basis):
        return g
    n = expected.sum(-2, keepdims=True)
    share = softmax(g @ basis.T, axis=-2)
    gradient = (expected - n * share) @ basis - RIDGE * g
    covariance = n[..., None, :, :] * share[..., :, None, :] * (np.eye(k)[:, :, None] - share[..., None, :, :])
    squares = (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), q * q)
    hessian = (covariance @ squares).reshape(*batch, k, k, q, q).swapaxes(-3, -2).reshape(*batch, k * q, k * q)
    step = np.linalg.solve(hessian + RIDGE * np.eye(k * q), gradient.reshape(*batch, k * q, 1)).reshape(g.shape)
    step -= step.mean(-2, keepdims=True)
    before = _objective(g, basis, expected)
    size = np.ones((*batch, 1, 1))
    for _ in range(30):
        worse = _objective(g + size * step, basis, expected) < before
        if not worse.any():
            break
        size = np.where(worse[..., None, None], size / 2, size)
    return np.where(worse[..., None, None], g, g + size * step)


def _objective(g: np.ndarray, basis: np.ndarray, expected: np.ndarray) -> np.ndarray:
    return (expected * log_softmax(g @ basis.T, axis=-2)).sum((-1, -2)) - RIDGE / 2 * (g**2).sum((-1, -2))
