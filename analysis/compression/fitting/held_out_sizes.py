"""How well levels fitted to smaller models predict the published losses of larger ones."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.compression.fitting.levels import LevelsModel
from analysis.compression.fitting.published_losses import PublishedLoss
from analysis.compression.fitting.shapes import GroupShape

_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Prediction:
    """A published loss and what was predicted of it, in ln nats.

    Attributes
    ----------
    best, low, high
        Mean and ends of the central 90% of the predictive distribution.
    """

    loss: PublishedLoss
    best: float
    low: float
    high: float

    @property
    def log_ratio(self) -> float:
        """Ln of published over predicted."""
        return math.log(self.loss.nats) - self.best

    @property
    def is_covered(self) -> bool:
        """Whether the interval holds it."""
        return self.low <= math.log(self.loss.nats) <= self.high


def predict_larger(
    shape: GroupShape, losses: Sequence[PublishedLoss], billion: float = 60.0
) -> list[Prediction]:
    """Fit a group's level without models from a size on, and predict their losses.

    A model of a series that smaller ones belong to takes that series' effect; another one the
    spread between series. All spreads are drawn: of models, and of rows within a model.
    """
    own = [loss for loss in losses if loss.group == shape.group]
    small = [loss for loss in own if loss.parameters_billion < billion]
    model = LevelsModel(small, 90)
    fit, slope = model.at_shape(shape)
    generator = np.random.Generator(np.random.Philox(key=90))
    found = []
    for loss in own:
        if loss.parameters_billion < billion or loss.published_class not in model.kinds:
            continue
        draws = fit.draws[:, model.kinds.index(loss.published_class)].copy()
        if slope.best > 0.0:
            draws -= fit.draws[:, -1] * math.log(loss.parameters_billion / 10.0)
        draws += shape.shape_draws * (loss.x - model.centre)
        if loss.series in fit.names[0]:
            draws += fit.effects[0][:, fit.names[0].index(loss.series)]
        else:
            draws += fit.group_sd[0] * generator.standard_normal(len(draws))
        draws += fit.group_sd[1] * generator.standard_normal(len(draws))
        draws += fit.residual_sd * generator.standard_normal(len(draws))
        low, high = np.percentile(draws, [50.0 * (1.0 - _SHARE), 50.0 * (1.0 + _SHARE)])
        found.append(Prediction(loss, float(draws.mean()), float(low), float(high)))
    return found
