"""The kinds of designs, by the word that a file's ``kind`` gives."""

from __future__ import annotations

from sim.batch.designs.design import Design
from sim.batch.designs.factors import FactorWorlds
from sim.batch.designs.game import Game
from sim.batch.designs.grid import Grid
from sim.batch.designs.latin_hypercube import LatinHypercube
from sim.batch.designs.listed import Listed
from sim.batch.designs.monte_carlo import MonteCarlo
from sim.batch.designs.morris import Morris
from sim.batch.designs.options import Options
from sim.batch.designs.sobol import Sobol

KINDS: dict[str, type[Design]] = {
    "grid": Grid,
    "list": Listed,
    "latin_hypercube": LatinHypercube,
    "sobol": Sobol,
    "morris": Morris,
    "monte_carlo": MonteCarlo,
    "factors": FactorWorlds,
    "game": Game,
    "options": Options,
}
"""Every kind."""
