"""The catalogue: which shard holds which run, each run once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sim.record.shelf import Shelf


@dataclass(slots=True)
class Catalogue:
    """The finished runs of a shelf.

    A run that stands in two shards, as when a writer that was thought dead was not, counts in the
    first by name. Its rows are the same in both, since they depend on its identity alone.

    Attributes
    ----------
    shards
        Names of the shards of which at least one run counts, in order.
    seconds
        Wall time of each finished run.
    repeated
        ``(shard, run_id)`` where a run that counts elsewhere stands once more.
    redundant
        Shards all of whose runs count elsewhere.
    damaged
        Shards whose record or files are not what they should be.
    """

    shards: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    repeated: list[tuple[str, str]] = field(default_factory=list)
    redundant: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        shelf: Shelf,
        *,
        verify: bool = False,
        names: Iterable[str] | None = None,
    ) -> Catalogue:
        """List what stands on a shelf.

        Parameters
        ----------
        shelf
            Where the shards are.
        verify
            Whether to read every file and compare its digest.
        names
            Shards to list; None: all.
        """
        catalogue = cls()
        for name in shelf.names() if names is None else names:
            record = shelf.record(name)
            if record is None or (verify and not shelf.is_sound(name, record)):
                catalogue.damaged.append(name)
                continue
            fresh = {run: took for run, took in record.seconds.items() if run not in catalogue}
            if not fresh:
                catalogue.redundant.append(name)
                continue
            catalogue.shards.append(name)
            catalogue.repeated += [(name, run) for run in record.seconds if run not in fresh]
            catalogue.seconds.update(fresh)
        return catalogue

    def __contains__(self, run_id: object) -> bool:
        """Return whether a run is finished."""
        return run_id in self.seconds
