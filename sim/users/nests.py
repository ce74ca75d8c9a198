"""The noise of nests, drawn by event and nest name, at most once a review."""

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.scenario.demand import Population
from sim.streams import entity_of
from sim.users.draws import product_step, product_word, uniform_52
from sim.users.mechanisms.nests import shared_noise
from sim.users.race import log_exponential
from sim.users.records import Scratch, World

_ANGLE, _EXPONENTIAL = 1 << 33, 1 << 34
"""Added to the keys of nests, so that their draws are those of no product and not each other's."""


def nest_steps(population: Population) -> NDArray[np.uint64]:
    """Return the steps of both draws of every nest, shape (G + 1, 2); the first nest draws none."""
    names = [entity_of(nest.name) for nest in population.choice.nests]
    steps = [
        [product_step(np.uint64(tag + key)) for tag in (_ANGLE, _EXPONENTIAL)] for key in names
    ]
    return np.array([[0, 0], *steps], np.uint64)


@compiled
def noise_of(nest: int, event_key: np.uint64, world: World) -> float:
    """Return the noise that the products of a nest share in one event.

    It is kept until another event asks for it. Two events of one key have the same draws.

    Parameters
    ----------
    nest : int
        Index of the nest, of lambda below one.
    event_key : uint64
        Random key of the event.
    world : World
        Records of the population.
    """
    scratch: Scratch = world.scratch
    if scratch.nest_event[nest] != event_key or math.isnan(scratch.nest_noise[nest]):
        steps = world.rules.nest_steps[nest]
        angle = math.pi * uniform_52(product_word(event_key, steps[0]))
        exponential = log_exponential(product_word(event_key, steps[1]))
        dissimilarity = world.rules.nests.dissimilarity[nest]
        scratch.nest_noise[nest] = shared_noise(angle, exponential, dissimilarity)
        scratch.nest_event[nest] = event_key
    return float(scratch.nest_noise[nest])
