"""pricewar: a simulator of the price war in large language models.

What a user needs of the simulator (`sim`) and of the analysis (`analysis`), in one place:

>>> import pricewar
>>> scenario = pricewar.load("minimal", overrides={"population.users": 200})
>>> run = pricewar.run(scenario, replications=2, out=folder, workers=1)  # doctest: +SKIP
>>> calm = pricewar.with_(scenario, {"factors.competition": False})
>>> peace = pricewar.run(calm, replications=2, out=other, workers=1)  # doctest: +SKIP
>>> pricewar.compare(run, peace)["adopters_share_end"].difference  # doctest: +SKIP
>>> pricewar.report(run)  # doctest: +SKIP
>>> pricewar.attribute("minimal").tables["factors"]  # what causes what  # doctest: +SKIP
>>> pricewar.whatif("minimal", "Zhipu", ["price Zhipu -{10,20}% on 2024-05-20"])  # doctest: +SKIP
>>> pricewar.game("minimal", ["Zhipu", "DeepSeek"], ["cost_plus", "match"])  # doctest: +SKIP

Nothing heavy is imported before it is used. The command ``pricewar`` is `pricewar.cli`.
"""

from importlib import import_module

__all__ = [
    "PricewarError",
    "Run",
    "ScenarioError",
    "Sweep",
    "attribute",
    "compare",
    "game",
    "load",
    "open_run",
    "report",
    "run",
    "sweep",
    "whatif",
    "with_",
]

_HOMES = {
    "PricewarError": ("sim.errors", "PricewarError"),
    "Run": ("sim.record.run", "Run"),
    "ScenarioError": ("sim.errors", "ScenarioError"),
    "Sweep": ("sim.record.sweep", "Sweep"),
    "attribute": ("pricewar.evidence", "attribute"),
    "compare": ("pricewar.analysing", "compare"),
    "game": ("pricewar.evidence", "game"),
    "load": ("sim", "load"),
    "open_run": ("sim", "open_run"),
    "report": ("pricewar.analysing", "report"),
    "run": ("sim", "run"),
    "sweep": ("sim", "sweep"),
    "whatif": ("pricewar.evidence", "whatif"),
    "with_": ("sim", "with_"),
}
"""Where each name lives; imported when it is first asked for."""


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """List the public names, imported or not, and none of the imports."""
    return sorted(__all__)
