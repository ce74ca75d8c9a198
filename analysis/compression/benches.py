"""Opens a workbench for each model of a grid, and keeps the last at hand."""

from __future__ import annotations

import gc
from dataclasses import replace

import torch

from analysis.compression.errors import CalibrationError
from analysis.compression.grid import MeasuredModel
from analysis.compression.measures.memory import enough_memory, free_memory_gb
from analysis.compression.openers import OPENERS
from analysis.compression.registry import MODELS, ModelEntry, model_entry
from analysis.compression.setting import Setting
from analysis.compression.texts import Texts
from analysis.compression.workbench import Workbench


class Benches:
    """Opens workbenches, and keeps the last one at hand: what it has collected is used again.

    Parameters
    ----------
    texts
        What language models are calibrated and measured on.
    setting
        Threads, device, seed.
    """

    def __init__(self, texts: Texts, setting: Setting) -> None:
        self.texts = texts
        self.setting = setting
        self._last: tuple[MeasuredModel, str, Workbench] | None = None

    def open(self, measured: MeasuredModel, device: str | None = None) -> Workbench:
        """Return the workbench of a model; `open_workbench` says what may go wrong.

        Parameters
        ----------
        measured
            The model of a grid.
        device
            Where it is wanted; None: where the setting says.
        """
        place = device or device_of(measured.model, self.setting)
        if self._last is None or self._last[:2] != (measured, place):
            self._last = None  # two models need not fit in memory together
            gc.collect()
            bench = open_workbench(measured, self.texts, replace(self.setting, device=place))
            self._last = (measured, place, bench)
        return self._last[2]


def device_of(model: str, setting: Setting) -> str:
    """Return where a model's quality is measured: language models alone leave the processor."""
    return setting.device if "language" in model_entry(model).tasks else "cpu"


def open_workbench(measured: MeasuredModel, texts: Texts, setting: Setting) -> Workbench:
    """Load or train a model and set up what it is measured on.

    Parameters
    ----------
    measured
        The model of a grid.
    texts
        What language models are calibrated and measured on.
    setting
        Threads, device, seed.

    Raises
    ------
    CalibrationError
        The model cannot be had, does not fit in memory, or the text is too short for it.
    """
    entry = model_entry(measured.model)
    _require_memory(entry, measured.tokens)
    torch.set_num_threads(setting.threads)
    with enough_memory(entry.name):
        bench = OPENERS[entry.name](entry, measured, texts, setting)
        if setting.device != "cpu":
            bench.base.model.to(setting.device)
    return bench


def _require_memory(entry: ModelEntry, tokens: int) -> None:
    free, needed = free_memory_gb(), _needed_gb(entry, tokens)
    if free < needed:
        others = ", ".join(
            other.name for other in MODELS.values() if _needed_gb(other, tokens) <= free
        )
        raise CalibrationError(
            f"{entry.name}: needs some {needed:.1f} GB of memory for {tokens} tokens, and "
            f"{free:.1f} GB are free.  Close other programs, ask for fewer tokens in the grid, or "
            f"measure another model: {others or 'none fits'}."
        )


def _needed_gb(entry: ModelEntry, tokens: int) -> float:
    """Memory of the model, and of its answers before and after compression in 32 bits."""
    return entry.memory_gb + 2.0 * 4.0 * tokens * entry.vocabulary / 1e9
