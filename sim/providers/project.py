"""Which recipe a compression project uses."""

from __future__ import annotations

from functools import cached_property, partial

from sim.data.compression.curves import shipped_curves
from sim.data.compression.recipes import LARGEST_NATS, Recipe, Recipes
from sim.data.compression.sampling import sampled_curves
from sim.providers.compression import CompressionError, CompressionState, choose_recipe
from sim.scenario.compression import Compression
from sim.scenario.supply import Architecture, CompressionProject
from sim.streams import Stream, Streams, entity_of


class RecipeBook:
    """The recipes that the providers of one market choose from.

    Parameters
    ----------
    compression
        Which curves they come from, and whether those are sampled.
    streams
        Draws of the replication; None: best values, as before any replication.
    """

    def __init__(self, compression: Compression, streams: Streams | None = None) -> None:
        self._compression = compression
        self._streams = streams

    @cached_property
    def _recipes(self) -> Recipes:
        """The recipes, made when the first project asks: many markets have none."""
        curves = self._compression.curves or shipped_curves()
        streams = self._streams
        if not self._compression.sampled or streams is None:
            return Recipes(curves)
        draw = partial(streams.normal, Stream.COMPRESSION_CURVES)
        return Recipes(sampled_curves(curves, lambda name, n: draw(entity_of(name), n)))

    def recipe(
        self, project: CompressionProject, architecture: Architecture, state: CompressionState
    ) -> Recipe:
        """Return the recipe that a project names, or the best one for its accuracy weight.

        Parameters
        ----------
        project
            The project: a method without a strength leaves the strength to the accuracy weight,
            no method the whole recipe.
        architecture
            The model, for its size.
        state
            The model as earlier projects left it.

        Raises
        ------
        CompressionError
            If no recipe makes the model smaller.
        """
        size = architecture.parameters_billion
        if project.method is None:
            return choose_recipe(self._recipes.every(size), project.accuracy_weight, state)
        named = self._recipes.named(project.method, size)
        bearable = [recipe for recipe in named if recipe.nats <= LARGEST_NATS]
        if not bearable:
            raise CompressionError(
                f"{project.method} loses more than {LARGEST_NATS:g} nat of a model of {size:g} "
                "billion parameters at every strength: name another recipe"
            )
        return choose_recipe(bearable, project.accuracy_weight, state)
