"""The estimator: a bank of simulations, a surface, a global search, real runs, and their worth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.estimation.bank import Bank
from analysis.estimation.chance import Chance
from analysis.estimation.criterion import Criterion, Weighting, criterion
from analysis.estimation.gauss_newton import Simulator, Step, gauss_newton
from analysis.estimation.inference import Inference, infer
from analysis.estimation.profile import Profile, profile
from analysis.estimation.searching import Box, descend, search
from analysis.estimation.space import ParameterSpace
from analysis.estimation.surrogate import Surrogate, fewest_points, fit
from analysis.estimation.targets import Targets
from analysis.words import counted
from sim.errors import UsageError
from sim.quantities import BoolArray, FloatArray

LEVEL = 0.9
"""Of intervals of parameters."""
_EDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Settings:
    """How to estimate.

    Attributes
    ----------
    points
        Of the first bank; 0: twice what a surface needs.
    replications
        Of each point of the bank. Weights are measured from them: of two that happen to be alike, a
        moment that varies much weighs much.
    zooms
        How often a further bank is laid around the minimum, in a box of a third of the size.
    final_replications
        Of each point of the Gauss-Newton steps. Chance is measured from them: few make wide
        intervals.
    difference
        Half-width of their differences, in unit coordinates.
    most_steps
        Of Gauss-Newton.
    weighting
        Of moments.
    most_failed_share
        A point where more of the replications lack a moment tells nothing.
    search_seed
        Of the points of banks and of the search.
    """

    points: int = 0
    replications: int = 4
    zooms: int = 1
    final_replications: int = 8
    difference: float = 0.05
    most_steps: int = 3
    weighting: Weighting = "diagonal"
    most_failed_share: float = 0.5
    search_seed: int = 1


@dataclass(frozen=True)
class Estimate:
    """What came out.

    Attributes
    ----------
    space, targets, criterion
        What was estimated, from what, weighed how.
    unit
        The estimate in unit coordinates, shape [p].
    moments
        Simulated at the estimate, by replication: shape [S, m]. Of a surface: its own, S = 1.
    jacobian
        Of the moments and priors, shape [n, p].
    inference
        What it is worth.
    surface
        Of the whole ranges, through the real runs.
    profiles
        One a parameter; empty where none were asked for.
    failed_share
        Of all runs.
    runs
        How many there were.
    steps, converged
        Of Gauss-Newton; empty on a surface alone.
    """

    space: ParameterSpace
    targets: Targets
    criterion: Criterion
    unit: FloatArray
    moments: FloatArray
    jacobian: FloatArray
    inference: Inference
    surface: Surrogate
    profiles: tuple[Profile, ...] = ()
    failed_share: float = 0.0
    runs: int = 0
    steps: tuple[Step, ...] = ()
    converged: bool = True

    @property
    def values(self) -> FloatArray:
        """The estimate, in the parameters' units."""
        return self.space.from_unit(self.unit)

    @property
    def unit_intervals(self) -> FloatArray:
        """Student's intervals at `LEVEL` in unit coordinates, cut at the range: shape [p, 2]."""
        half = self.inference.quantiles(LEVEL) * self.inference.standard_errors
        return np.clip(np.stack([self.unit - half, self.unit + half], axis=-1), 0.0, 1.0)

    @property
    def intervals(self) -> FloatArray:
        """Intervals at `LEVEL`, in the parameters' units: shape [p, 2]."""
        return self.space.from_unit(self.unit_intervals.T).T

    @property
    def at_bound(self) -> BoolArray:
        """Which estimates lie at an end of their range, where the normal law does not hold."""
        found: BoolArray = (self.unit < _EDGE) | (self.unit > 1.0 - _EDGE)
        return found


def estimate(
    simulator: Simulator,
    targets: Targets,
    space: ParameterSpace,
    settings: Settings,
    stepper: Simulator | None = None,
) -> Estimate:
    """Estimate parameters by the simulated method of moments.

    Parameters
    ----------
    simulator
        Runs the simulator at points; replication r draws the same random numbers at all of them.
    targets
        What was observed.
    space
        Parameters and their ranges.
    settings
        How.
    stepper
        Runs the steps, with draws that the bank does not have. Weights come from the bank and
        intervals from the steps: were both from the same few draws, moments that happen to vary
        little in them would weigh much, and intervals would be too narrow. None: the simulator.

    Raises
    ------
    UsageError
        With fewer moments than parameters + 1, or where too many runs fail.
    """
    targets.refuse_too_few(len(space))
    banks = [simulator(_sobol(space, settings), "bank", settings.replications)]
    whole = _strict(banks[0], settings)
    surface = fit(whole)
    rule, centre = _minimum(whole, surface, targets, space, settings, Box.whole(len(space)))
    local = surface
    for number in range(1, settings.zooms + 1):
        half = 0.5 / 3.0**number
        box = Box.around(centre, half)
        points = box.low + _sobol(space, settings, number) * (box.high - box.low)
        banks.append(simulator(points, f"zoom-{number}", settings.replications))
        near = whole.joined(_strict(banks[-1], settings))
        near = near.within((box.low + box.high) / 2.0, half)
        if near.usable.sum() < fewest_points(len(space)):
            break
        local = fit(near)
        rule, centre = _minimum(near, local, targets, space, settings, box)
    real = gauss_newton(
        stepper or simulator, rule, local, centre, replications=settings.final_replications,
        difference=settings.difference, most_steps=settings.most_steps,
    )  # fmt: skip
    near_by = _strict(real.bank, settings)
    chance = Chance(near_by, near_by.process_covariance() / settings.final_replications)
    rule = replace(rule, covariance=_covariance(rule, targets, chance))
    slopes = rule.jacobian(real.jacobian)
    apart = rule.residuals(real.unit, real.means)
    worth = infer(slopes, rule, apart, chance)
    surface = surface.through(real.unit, real.means)
    everything = [*banks, real.bank]
    counts = np.array([it.moments.shape[0] * it.moments.shape[1] for it in everything])
    return Estimate(
        space, targets, rule, real.unit, real.moments, slopes, worth, surface,
        profiles=profiles(surface, rule, real.unit, worth),
        failed_share=float(counts @ [it.failed_share for it in everything] / counts.sum()),
        runs=int(counts.sum()),
        steps=real.steps,
        converged=real.converged,
    )  # fmt: skip


def estimate_on_surface(
    bank: Bank,
    surface: Surrogate,
    targets: Targets,
    space: ParameterSpace,
    weighting: Weighting = "diagonal",
) -> Estimate:
    """Estimate on a surface alone, which many data sets may share.

    Where the bank has the points for it, a second surface is fitted to the half of them nearest to
    the minimum of the first. How one history differs from another is measured next to the estimate.

    Parameters
    ----------
    bank
        Simulations over the whole ranges.
    surface
        Fitted to it.
    targets, space, weighting
        As of `estimate`.

    Raises
    ------
    UsageError
        With fewer moments than parameters + 1.
    """
    targets.refuse_too_few(len(space))
    box, middle = Box.whole(len(space)), np.full(len(space), 0.5)
    process, simulated = bank.process_covariance(), surface.simulation_covariance(middle)
    unit = search(surface, criterion(targets, space, process, simulated, weighting), box)
    half = bank.nearest(unit, len(bank.points) // 2)
    if half.usable.sum() >= fewest_points(len(space)):
        surface = fit(half)
        box = Box(half.points.min(axis=0), half.points.max(axis=0))
    near = bank.nearest(unit, max(len(bank.points) // 3, 1))
    chance = Chance(near, surface.simulation_covariance(unit))
    rule = criterion(targets, space, chance.process, chance.simulated, weighting)
    unit = descend(surface, rule, unit, box)
    moments, slopes = surface.moments(unit), rule.jacobian(surface.jacobian(unit))
    apart = rule.residuals(unit, moments)
    worth = infer(slopes, rule, apart, chance, weighting)
    return Estimate(space, targets, rule, unit, moments[None], slopes, worth, surface)


def profiles(
    surface: Surrogate, rule: Criterion, unit: FloatArray, worth: Inference
) -> tuple[Profile, ...]:
    """Return the profile of every parameter, with intervals at `LEVEL`.

    The bound is the quantile of F of one degree of freedom and those of the parameter's variance,
    which is Student's squared.
    """
    bounds = np.square(worth.quantiles(LEVEL))
    return tuple(
        profile(surface, rule, unit, index, float(scale), float(bound))
        for index, (scale, bound) in enumerate(zip(worth.profile_scale, bounds, strict=True))
    )


def _covariance(rule: Criterion, targets: Targets, chance: Chance) -> FloatArray:
    """Return the covariance of a criterion's moments by what was measured at its minimum."""
    covariance = rule.covariance.copy()
    count = len(targets.names)
    covariance[:count, :count] = targets.source_covariance + chance.measured
    return covariance


def _strict(bank: Bank, settings: Settings) -> Bank:
    return Bank(bank.points, bank.moments, settings.most_failed_share)


def _sobol(space: ParameterSpace, settings: Settings, stage: int = 0) -> FloatArray:
    """Return points that fill the unit box evenly (Sobol 1967, scrambled)."""
    from scipy.stats import qmc

    needed = fewest_points(len(space))
    points = settings.points or 2 * needed
    if points < needed:
        raise UsageError(
            f"{points} points are too few for a surface of {counted(len(space), 'parameter')}: "
            f"at least {needed}."
        )
    count = points if stage == 0 else max(needed, points // 2)
    sampler = qmc.Sobol(len(space), rng=settings.search_seed + stage)
    found: FloatArray = sampler.random(1 << (count - 1).bit_length())[:count]
    return found


def _minimum(
    bank: Bank,
    surface: Surrogate,
    targets: Targets,
    space: ParameterSpace,
    settings: Settings,
    box: Box,
) -> tuple[Criterion, FloatArray]:
    """Return the criterion by the bank's own variances, and where it is least on the surface."""
    process = bank.process_covariance()
    middle = (box.low + box.high) / 2.0
    rule = criterion(
        targets, space, process, surface.simulation_covariance(middle), settings.weighting
    )
    refused = None
    if not bank.usable.all():

        def refused(points: FloatArray) -> BoolArray:
            return np.array([bank.mostly_fails_near(point) for point in points])

    return rule, search(surface, rule, box, refused, settings.search_seed)
