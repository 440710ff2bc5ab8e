"""Four ways in which age can enter a mixture, with one interface.

Parameters of the age part are one array `theta` of shape (..., K, q): any number of starts or bootstrap replicates at
once. Each class gives, for the table's A age rows (a missing age is the last row, NaN):

log_factor(theta)      log A[k, a] of shape (..., K, A): log P(audience | age), or log share x density of age
m_step(theta, R)       better parameters, given R = expected counts (..., K, A); never worse in likelihood
n_parameters(K)        free parameters
start(z, rng)          parameters of random starts, for the standardised ages z of the seeds, shape (..., K)
at(theta, ages, share) log_factor for the ages of new people
gradient(theta)        d log A / d own parameters before the shares are scaled, shape (K, A, q)

Curve and bands condition on age (Dayton & Macready 1988; Bandeen-Roche et al. 1997), so that a survey's age mix alone
creates no audience; the normal model does not, and takes an uneven age mix for audiences (a test shows it).
"""

import numpy as np
from scipy.special import log_softmax, softmax

from ..errors import ModelError

SD_FLOOR = 2.0  # years: below it an audience collapses onto one age and wins on likelihood
RIDGE = 1e-6  # on the curve's squared coefficients: keeps a sharp age boundary finite, costs under .001 elsewhere
SHARP = 20.0  # range of a linear predictor from which a boundary is called sharp
FLOOR = -30.0  # of a log share


class NoAge:
    """The items alone: one share per audience, whatever the age."""

    share_columns, noise = np.array([True]), np.array([0.0])
    scaled = np.array([True])  # the parameters of a softmax: adding a constant to all audiences changes nothing

    def __init__(self, ages: np.ndarray, n: np.ndarray):
        self.ages = ages

    def n_parameters(self, k: int) -> int:
        """Parameters per audience, less one audience for those of a softmax."""
        return k * len(self.scaled) - int(self.scaled.sum())

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """One share for all ages."""
        return np.ones((len(theta), len(self.ages), 1))

    def share(self, theta: np.ndarray) -> np.ndarray:
        """The softmax of the scaled parameters at every age, shape (..., K, A)."""
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
        self.share_columns = self.scaled = np.ones(len(ages), bool)
        self.noise = np.full(len(ages), 0.3)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """Every band has its own share."""
        return np.broadcast_to(np.eye(len(self.ages)), (len(theta), len(self.ages), len(self.ages)))

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
        rows = {age: row for row, age in enumerate(self.ages) if np.isfinite(age)}
        unseen = sorted({age for age in ages[np.isfinite(ages)].tolist() if age not in rows})
        if unseen:
            raise ModelError(
                "age", "must lie in a band that the fit has seen", f"{unseen[0]:g}", "Use the curve for new ages."
            )
        missing = theta[..., -1] if np.isnan(self.ages[-1]) else np.log(share)
        return np.stack([theta[..., rows[age]] if np.isfinite(age) else missing for age in ages], -1)


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
        self.scaled = np.ones(len(self.share_columns), bool)
        self.noise = np.array([0.0] + [0.7, 0.3][: self.degree] + [0.3] * len(missing))

    def _basis(self, ages: np.ndarray) -> np.ndarray:
        """Powers 0 to `degree` of standardised age, shape (n, degree + 1)."""
        return ((ages - self.mean) / self.sd)[:, None] ** np.arange(self.degree + 1)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """The basis, and the indicator of the missing ages."""
        design = np.zeros((len(self.ages), len(self.scaled)))
        design[self.known, : self.columns] = self.basis
        design[~self.known, self.columns :] = 1
        return np.broadcast_to(design, (len(theta), *design.shape))

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


class Normal(NoAge):
    """Ages are normal within an audience (the model of StepMix and flexmix); needed for comparison."""

    share_columns, noise = np.array([True, False, False]), np.array([0.0, 5.0, 0.1])
    scaled = share_columns

    def __init__(self, ages: np.ndarray, n: np.ndarray):
        self.ages, self.known = ages, np.isfinite(ages)
        known = ages[self.known]
        self.mean = np.average(known, weights=n[self.known])
        self.sd = np.sqrt(np.average((known - self.mean) ** 2, weights=n[self.known]))

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """Share, mean and log standard deviation."""
        distance = np.where(self.known, self.ages - theta[:, 1, None], 0) / np.exp(theta[:, 2, None])
        spread = np.where(self.known, distance**2 - 1, 0)
        return np.stack([np.ones_like(distance), distance / np.exp(theta[:, 2, None]), spread], -1)

    def share(self, theta: np.ndarray) -> np.ndarray:
        """The shares, alike for all ages."""
        return np.repeat(softmax(theta[..., 0], axis=-1)[..., None], len(self.ages), -1)

    def start(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Equal shares, the seed's age, half the overall spread."""
        spread = np.log(max(self.sd / 2, SD_FLOOR))
        return np.stack([np.zeros(z.shape), self.mean + self.sd * z, np.full(z.shape, spread)], -1)

    def normalise(self, theta: np.ndarray) -> np.ndarray:
        """Shares add up to one; means stay near the data, standard deviations above the floor."""
        low, high = self.mean - 4 * self.sd, self.mean + 4 * self.sd
        share = np.maximum(log_softmax(theta[..., 0], axis=-1), FLOOR)
        return np.stack([share, theta[..., 1].clip(low, high), theta[..., 2].clip(np.log(SD_FLOOR), 5)], -1)

    def log_factor(self, theta: np.ndarray) -> np.ndarray:
        """log of share x density of age; a missing age says nothing (factor 1)."""
        return self._log_joint(theta, self.ages)

    def _log_joint(self, theta: np.ndarray, ages: np.ndarray) -> np.ndarray:
        share, mean, log_sd = (theta[..., i, None] for i in range(3))
        density = -0.5 * ((ages - mean) / np.exp(log_sd)) ** 2 - log_sd - 0.5 * np.log(2 * np.pi)
        return share + np.where(np.isfinite(ages), density, 0)

    def m_step(self, theta: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """Shares, weighted means and standard deviations."""
        known = expected[..., self.known]
        n = np.maximum(known.sum(-1), 1e-300)
        mean = known @ self.ages[self.known] / n
        variance = (known * (self.ages[self.known] - mean[..., None]) ** 2).sum(-1) / n
        share = _log_shares(expected.sum(-1, keepdims=True))[..., 0]
        return np.stack([share, mean, 0.5 * np.log(np.maximum(variance, SD_FLOOR**2))], -1)

    def at(self, theta: np.ndarray, ages: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Share x density at the age of every new person (the nearest fitted one); for a missing age the share."""
        ends = self.ages[self.known]
        return self._log_joint(theta, np.clip(ages, ends.min(), ends.max()))

    def active(self, theta: np.ndarray) -> str | None:
        """The floor keeps an audience from collapsing onto one age."""
        if theta[:, 2].min() <= np.log(SD_FLOOR) + 1e-9:
            return f"The floor of {SD_FLOOR:g} years under the standard deviation of age is active in an audience."


AGE_MODELS = {"curve": Curve, "bands": Bands, "normal": Normal, None: NoAge}


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
