"""A game's tables as files in the folder of its sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.game.analysis import GameAnalysis
from analysis.game.sentences import mix_text, sentences
from analysis.json_text import json_text
from sim.files.durable import write_whole

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "game"
"""Folder of the tables, in that of the sweep."""


def write_tables(game: GameAnalysis, folder: Path) -> list[Path]:
    """Write profiles, deviations, strategies, equilibria, endings and rests as CSV.

    Parameters
    ----------
    game
        What to write.
    folder
        Where; it is made if it is not there.

    Returns
    -------
    list of pathlib.Path
        The files, and ``sentences.txt``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in tables(game).items():
        path = folder / f"{name}.csv"
        write_whole(path, frame.to_csv(index=False).encode())
        written.append(path)
    path = folder / "sentences.txt"
    write_whole(path, ("\n".join(sentences(game)) + "\n").encode())
    return [*written, path]


def tables(game: GameAnalysis) -> dict[str, pd.DataFrame]:
    """Return all tables by name."""
    import pandas as pd

    return {
        "profiles": game.profiles,
        "deviations": game.deviations,
        "strategies": game.strategies,
        "equilibria": pd.DataFrame(_equilibria(game)),
        "ending": pd.DataFrame(_endings(game)),
        "kinds": pd.DataFrame(
            [{"kind": kind, "share": share} for kind, share in game.kind_shares.items()],
            columns=["kind", "share"],
        ),
        "rests": pd.DataFrame(
            [
                {"rest": number, **row, "starts": rest.starts, "regret": rest.regret}
                for number, rest in enumerate(game.dynamics.rests)
                for row in _mix_rows(game, rest.mix)
            ]
        ),
    }


def as_json(game: GameAnalysis) -> str:
    """Return tables and sentences for a program."""
    content: dict[str, Any] = {"payoff": game.payoff, "kind": game.kind}
    content["replications"] = len(game.of.replications)
    content["sentences"] = sentences(game)
    return json_text({**content, **tables(game)})


def _equilibria(game: GameAnalysis) -> list[dict[str, object]]:
    return [
        {
            "equilibrium": number,
            **row,
            "payoff": one.payoffs[game.mean.names.index(str(row["player"]))],
            "is_pure": one.is_pure,
            "survival": one.survival,
        }
        for number, one in enumerate(game.equilibria)
        for row in _mix_rows(game, one.mix)
    ]


def _mix_rows(game: GameAnalysis, mix: Any) -> list[dict[str, object]]:
    return [
        {"player": name, "strategy": names[s], "probability": float(own[s])}
        for name, names, own in zip(game.mean.names, game.mean.strategies, mix, strict=True)
        for s in np.flatnonzero(own > 1e-6)
    ]


def _endings(game: GameAnalysis) -> list[dict[str, object]]:
    return [
        {
            "from": mix_text(game, one.mix),
            "party": party.name,
            "gain": party.gain.centre,
            "low": party.gain.low,
            "high": party.gain.high,
            "holm_p_value": party.holm_p_value,
        }
        for one in game.equilibria
        if any(own[0] < 1 - 1e-9 for own in one.mix)
        for party in game.ending(one.mix)
    ]
