"""Item response theory with one ability per person and several kinds of test, fitted jointly.

Score ``y_n`` of person m in test b is normal around
``g_b + (1 - g_b) logistic(a_b + s_b q_m)`` where the test has right and wrong answers (guessing
floor ``g_b``), around ``a_b + s_b q_m`` where it does not, with one residual variance per test. A
reference test fixes zero and unit (``a = 0``, ``s = 1``). Abilities ``q`` and links ``(a, s)`` are
found together by Levenberg-Marquardt steps; since each score depends on one ability, the normal
equations are eliminated down to the few link parameters (Schur complement). Residual variances are
updated from residuals and their leverages until they settle, which is restricted maximum
likelihood in the linear case (Patterson and Thompson 1971).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import DataError
from sim.quantities import FloatArray

PRIOR_SD = 4.0
"""Width of the normal prior of abilities: wide, it only keeps those at a floor finite."""

_SETTLED_SHARE = 1e-5


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores over n results (index of person, of test, score) and facts of the tests."""

    person: NDArray[np.intp]
    test: NDArray[np.intp]
    score: FloatArray
    floor: FloatArray
    logistic: NDArray[np.bool_]
    reference: int

    def expected(
        self, ability: FloatArray, intercept: FloatArray, slope: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return expected scores and their derivatives by the linear predictor, shape (n,)."""
        b = self.test
        predictor = intercept[b] + slope[b] * ability[self.person]
        probability = 1.0 / (1.0 + np.exp(-np.clip(predictor, -500.0, 500.0)))
        range_ = 1.0 - self.floor[b]
        logistic = self.logistic[b]
        mean = np.where(logistic, self.floor[b] + range_ * probability, predictor)
        slope_by_predictor = np.where(logistic, range_ * probability * (1.0 - probability), 1.0)
        return mean, slope_by_predictor


@dataclass(slots=True)
class _State:
    ability: FloatArray
    intercept: FloatArray
    slope: FloatArray
    sd: FloatArray


@dataclass(frozen=True, slots=True)
class _Normal:
    """Weighted Jacobian and the blocks of the normal equations.

    The columns of the links are intercept and slope of each test, those of the reference
    being held by a unit diagonal and no coupling.
    """

    by_ability: FloatArray
    by_link: FloatArray
    diagonal: FloatArray
    coupling: FloatArray
    links: FloatArray
    gradient_ability: FloatArray
    gradient_link: FloatArray
    objective: float

    @classmethod
    def at(cls, scores: Scores, state: _State) -> "_Normal":
        mean, derivative = scores.expected(state.ability, state.intercept, state.slope)
        b, m = scores.test, scores.person
        weight = derivative / state.sd[b]
        residual = (scores.score - mean) / state.sd[b]
        by_ability = weight * state.slope[b]
        by_link = np.zeros((b.size, 2 * state.slope.size))
        free = b != scores.reference
        rows = np.flatnonzero(free)
        by_link[rows, 2 * b[free]] = weight[free]
        by_link[rows, 2 * b[free] + 1] = weight[free] * state.ability[m[free]]
        models = state.ability.size
        coupling = np.zeros((models, by_link.shape[1]))
        np.add.at(coupling, m, by_ability[:, None] * by_link)
        links = by_link.T @ by_link
        held = [2 * scores.reference, 2 * scores.reference + 1]
        links[held, held] = 1.0
        prior = PRIOR_SD**-2
        return cls(
            by_ability=by_ability,
            by_link=by_link,
            diagonal=_sums(m, by_ability**2, models) + prior,
            coupling=coupling,
            links=links,
            gradient_ability=_sums(m, by_ability * residual, models) - prior * state.ability,
            gradient_link=by_link.T @ residual,
            objective=float(residual @ residual + prior * state.ability @ state.ability),
        )

    def step(self, damping: float) -> tuple[FloatArray, FloatArray]:
        """Solve for the step in abilities and links at one damping."""
        diagonal = self.diagonal * (1.0 + damping)
        scaled = self.coupling / diagonal[:, None]
        links = self.links + damping * np.diag(np.diag(self.links))
        schur = links - self.coupling.T @ scaled
        reduced = self.gradient_link - scaled.T @ self.gradient_ability
        link_step = np.asarray(np.linalg.solve(schur, reduced), dtype=np.float64)
        return (self.gradient_ability - self.coupling @ link_step) / diagonal, link_step

    def covariance(self, person: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        """Return variances of the abilities and leverages of the scores."""
        scaled = self.coupling / self.diagonal[:, None]
        link_covariance = np.linalg.inv(self.links - self.coupling.T @ scaled).astype(np.float64)
        variance = 1.0 / self.diagonal + _quadratic(scaled, link_covariance)
        across = self.by_link - self.by_ability[:, None] * scaled[person]
        leverage = self.by_ability**2 / self.diagonal[person]
        return variance, leverage + _quadratic(across, link_covariance)


def _sums(index: NDArray[np.intp], values: FloatArray, length: int) -> FloatArray:
    return np.asarray(np.bincount(index, values, length), dtype=np.float64)


def _quadratic(rows: FloatArray, matrix: FloatArray) -> FloatArray:
    """Return ``r' M r`` for every row r."""
    return np.asarray(((rows @ matrix) * rows).sum(axis=1), dtype=np.float64)


def _start(scores: Scores) -> _State:
    """Start from standardised scores averaged over benchmarks, and links through them."""
    b, m = scores.test, scores.person
    count = scores.floor.size
    standard = np.full(b.size, np.nan)
    for index in range(count):
        own = scores.score[b == index]
        standard[b == index] = (own - own.mean()) / own.std()
    ability = np.bincount(m, standard) / np.bincount(m)
    intercept, slope, sd = (np.full(count, np.nan) for _ in range(3))
    for index in range(count):
        own = b == index
        target = scores.score[own]
        sd[index] = 0.3 * target.std()
        if scores.logistic[index]:
            known = (target - scores.floor[index]) / (1.0 - scores.floor[index])
            known = np.clip(known, 0.02, 0.98)
            target = np.log(known / (1.0 - known))
        slope[index], intercept[index] = np.polyfit(ability[m[own]], target, 1)
    zero, unit = intercept[scores.reference], slope[scores.reference]
    slope = slope / unit
    return _State(zero + unit * ability, intercept - slope * zero, slope, sd)


def _converge(scores: Scores, state: _State) -> _Normal:
    """Take Levenberg-Marquardt steps, in place, until the objective no longer falls."""
    damping = 1e-3
    normal = _Normal.at(scores, state)
    while damping < 1e8:
        ability_step, link_step = normal.step(damping)
        trial = _State(
            state.ability + ability_step,
            state.intercept + link_step[0::2],
            state.slope + link_step[1::2],
            state.sd,
        )
        tried = _Normal.at(scores, trial)
        if not tried.objective < normal.objective:
            damping *= 10.0
            continue
        gain = normal.objective - tried.objective
        state.ability, state.intercept, state.slope = (
            trial.ability,
            trial.intercept,
            trial.slope,
        )
        normal = tried
        damping = max(damping / 10.0, 1e-12)
        if gain < 1e-12 * normal.objective:
            break
    return normal


@dataclass(frozen=True, slots=True)
class Estimates:
    """Result of a fit: abilities over persons, links and residual deviations over tests."""

    ability: FloatArray
    standard_error: FloatArray
    intercept: FloatArray
    slope: FloatArray
    residual_sd: FloatArray


def fit(scores: Scores) -> Estimates:
    """Fit abilities, links and residual variances.

    Raises
    ------
    DataError
        The residual variances do not settle.
    """
    state = _start(scores)
    for _ in range(100):
        normal = _converge(scores, state)
        variance, leverage = normal.covariance(scores.person)
        mean, _ = scores.expected(state.ability, state.intercept, state.slope)
        squares = np.bincount(scores.test, (scores.score - mean) ** 2)
        sd = np.sqrt(squares / np.bincount(scores.test, 1.0 - leverage))
        change = float(np.abs(sd / state.sd - 1.0).max())
        state.sd = sd
        if change < _SETTLED_SHARE:
            return Estimates(state.ability, np.sqrt(variance), state.intercept, state.slope, sd)
    raise DataError("the residual variances do not settle")
