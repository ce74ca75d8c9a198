"""Which recipe a compression project uses."""

from __future__ import annotations

from sim.data.compression import recipe, recipes
from sim.providers.compression import CompressionRecipe, CompressionState, choose_recipe
from sim.scenario.supply import Architecture, CompressionProject


def project_recipe(
    project: CompressionProject, architecture: Architecture, state: CompressionState
) -> CompressionRecipe:
    """Return the recipe that a project names, or the best one for its accuracy weight.

    Parameters
    ----------
    project
        The project.
    architecture
        The model, for its size: recipes measured on models of like size count most.
    state
        The model as earlier projects left it.

    Raises
    ------
    CompressionError
        If no recipe makes the model smaller.
    """
    size = architecture.parameters_billion
    if project.method is not None:
        return recipe(project.method, size)
    return choose_recipe(recipes(size), project.accuracy_weight, state)
