"""Which recipe a compression project uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial

from sim.compression.curves import CompressionCurves
from sim.compression.frontier import TradeOff, choose
from sim.compression.recipes import LARGEST_NATS, Recipe, Recipes
from sim.compression.sampling import sampled_curves
from sim.compression.shipped_curves import shipped_curves
from sim.compression.state import CompressionState
from sim.errors import PricewarError
from sim.streams import Stream, Streams, entity_of

Cost = Callable[[CompressionState], float]
"""What a token costs with a model in some state."""


class CompressionError(PricewarError):
    """A compression project has nothing to do: drop it, or name another recipe."""


class RecipeBook:
    """The recipes that the providers of one market choose from.

    Parameters
    ----------
    curves
        What they are read off; None: the shipped curves.
    streams
        Draws of the replication, by which the curves' parameters are sampled; None: best values.
    """

    def __init__(
        self, curves: CompressionCurves | None = None, streams: Streams | None = None
    ) -> None:
        self._curves = curves
        self._streams = streams

    @cached_property
    def _recipes(self) -> Recipes:
        """The recipes, made when the first project asks: many markets have none."""
        curves = self._curves or shipped_curves()
        if self._streams is None:
            return Recipes(curves)
        draw = partial(self._streams.normal, Stream.COMPRESSION_CURVES)
        return Recipes(sampled_curves(curves, lambda name, n: draw(entity_of(name), n)))

    def recipe(
        self,
        method: str | None,
        accuracy_weight: float,
        parameters_billion: float,
        state: CompressionState,
        cost: Cost | None = None,
        series: str | None = None,
        *,
        cache: bool = False,
    ) -> Recipe:
        """Return the recipe that is named, or the best one for an accuracy weight.

        Parameters
        ----------
        method
            ``gptq_per_group:4``; a method without a strength leaves the strength to the accuracy
            weight, None the whole recipe.
        accuracy_weight
            [alpha] 0 to 1; see `choose_recipe`.
        parameters_billion
            Size of the original model, in 1e9 parameters.
        state
            The model as earlier projects left it.
        cost
            What a token costs with a model in some state; None: bytes are what shrinks.
        series
            Series of the model, such as ``Llama-3``; None: unknown.
        cache
            Whether a recipe that is not named may round the KV cache.

        Raises
        ------
        CompressionError
            If no recipe makes the model smaller.
        """
        if method is None:
            candidates = self._recipes.every(parameters_billion, series, cache=cache)
            return choose_recipe(candidates, accuracy_weight, state, cost)
        named = self._recipes.named(method, parameters_billion, series)
        bearable = [recipe for recipe in named if recipe.nats <= LARGEST_NATS]
        if not bearable:
            raise CompressionError(
                f"{method} loses more than {LARGEST_NATS:g} nat of a model of "
                f"{parameters_billion:g} billion parameters at every strength: name another recipe"
            )
        return choose_recipe(bearable, accuracy_weight, state, cost)


def choose_recipe(
    recipes: Sequence[Recipe],
    accuracy_weight: float,
    state: CompressionState,
    cost: Cost | None = None,
) -> Recipe:
    """Return the recipe that minimises ``alpha loss_accuracy + (1 - alpha) loss_size``.

    The choice is made on the frontier of what the recipes would make of the model as it is now;
    see `sim.compression.frontier`.

    Parameters
    ----------
    recipes
        Candidates; those that would make the model no smaller are passed over.
    accuracy_weight
        alpha, 0 to 1.
    state
        The model as it is now.
    cost
        What a token costs with a model in some state, in any unit; None: size is bytes.

    Raises
    ------
    CompressionError
        If no candidate makes the model smaller.
    """
    outcomes = trade_offs(recipes, state, cost)
    if not outcomes:
        what = "smaller" if cost is None else "cheaper to serve"
        raise CompressionError(
            f"none of {len(recipes)} recipes makes a model of {state.bytes_per_parameter:g} bytes "
            f"per parameter {what} at a loss of at most 1 nat: start fewer compression projects, "
            "or name another recipe"
        )
    return choose(outcomes, accuracy_weight).choice


def trade_offs(
    recipes: Sequence[Recipe], state: CompressionState, cost: Cost | None = None
) -> list[TradeOff[Recipe]]:
    """Return what recipes make of a model as it is now: size left, and capability lost.

    Left out is what saves nothing. A recipe that is named by itself stays, unless it changes
    nothing: that it makes a token dearer is the scenario's doing.

    Parameters
    ----------
    recipes, state, cost
        As in `choose_recipe`.
    """
    outcomes = []
    for recipe in recipes:
        after = state.after(recipe)
        left = after.bytes_per_parameter / state.bytes_per_parameter
        # Rounding the cache saves no bytes of weights, but it may make a token cheaper.
        serves_otherwise = cost is not None and after.kv_bits < state.kv_bits
        if left >= 1.0 and after.keep_flops >= state.keep_flops and not serves_otherwise:
            continue
        if cost is not None:
            left = cost(after) / cost(state)
        lost = max(0.0, after.capability_loss_logit - state.capability_loss_logit)
        if left < 1.0 or cost is None or len(recipes) == 1:
            outcomes.append(TradeOff(recipe, left, lost, recipe.name))
    return outcomes
