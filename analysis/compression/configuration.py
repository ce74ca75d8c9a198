"""One configuration: which methods, how strong, on which model; and the name it goes by."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.compression.errors import CalibrationError
from analysis.compression.measured_rows import strength_text
from analysis.compression.methods.catalogue import method
from analysis.compression.methods.method import Dial, Family, Method
from sim.compression.groups import RECOVERED
from sim.nearest import offer

STUDENTS = ("distilled_layers", "distilled_width", "alone_layers", "alone_width")
"""Students: fewer layers or narrower ones, trained with the teacher or, as controls, without."""


@dataclass(frozen=True, slots=True)
class ConfigurationPart:
    """A method at a strength, and whether the model is trained afterwards."""

    name: str
    strength: float

    @property
    def is_student(self) -> bool:
        """Whether it replaces the model by a student."""
        return self.name in STUDENTS

    @property
    def is_recovered(self) -> bool:
        """Whether the model is trained on afterwards."""
        return self.name.endswith(RECOVERED)

    @property
    def method(self) -> Method:
        """The method, without the training that may follow.

        Raises
        ------
        CalibrationError
            There is no such method, or it is a student, which no method makes.
        """
        return method(self.name.removesuffix(RECOVERED))


@dataclass(frozen=True, slots=True)
class Configuration:
    """One or more parts, applied to a model one after another."""

    parts: tuple[ConfigurationPart, ...]

    @property
    def method(self) -> str:
        """Names of the methods, joined by ``+``."""
        return "+".join(part.name for part in self.parts)

    @property
    def strength(self) -> str:
        """Strengths of the methods, joined by ``+``."""
        return strength_text([part.strength for part in self.parts])

    @property
    def name(self) -> str:
        """Name as in grids and scenario files, such as ``activation_aware:0.5+nf4:4``."""
        return "+".join(f"{part.name}:{part.strength:g}" for part in self.parts)

    @property
    def family(self) -> Family:
        """Family of the method, or ``stack``."""
        if len(self.parts) > 1:
            return "stack"
        part = self.parts[0]
        return "distillation" if part.is_student else part.method.family

    def settings(self, dial: Dial) -> tuple[float, ...]:
        """Return the strengths of the parts with such a dial."""
        return tuple(
            part.strength
            for part in self.parts
            if ("student_share" if part.is_student else part.method.dial) == dial
        )

    @property
    def is_pruned(self) -> bool:
        """Whether some of its parts remove weights."""
        return bool(self.settings("sparsity_share"))


def configuration(name: str) -> Configuration:
    """Read a configuration from its name.

    Parameters
    ----------
    name
        Such as ``gptq_per_group:4`` or ``distilled_layers:0.5+uniform_per_group:4``.

    Raises
    ------
    CalibrationError
        A method is unknown, or a strength is no number or out of its range.
    """
    parts = tuple(_part(text.strip()) for text in name.split("+"))
    if any(part.is_student for part in parts[1:]):
        raise CalibrationError(
            f"{name}: a student takes the model's place, so it must stand first, as in "
            "distilled_layers:0.5+uniform_per_group:4."
        )
    rounding = [part.name for part in parts if not part.is_student and part.method.dial == "bits"]
    if len(rounding) > 1:
        raise CalibrationError(
            f"{name}: {' and '.join(rounding)} both set the bits of a weight.  Keep one of them."
        )
    cached = [part.name for part in parts if _rounds_cache(part)]
    if len(cached) > 1:
        raise CalibrationError(
            f"{name}: {' and '.join(cached)} both round the KV cache.  Keep one of them."
        )
    of_weights = [part.name for part in parts if not _rounds_cache(part)]
    if rounding and of_weights[-1] != rounding[0]:
        raise CalibrationError(
            f"{name}: weights are rounded last, or what comes after takes them off their levels.  "
            f"Put {rounding[0]} at the end."
        )
    return Configuration(parts)


def _rounds_cache(part: ConfigurationPart) -> bool:
    return not part.is_student and part.method.dial == "cache_bits"


def _part(text: str) -> ConfigurationPart:
    name, _, amount = text.partition(":")
    try:
        strength = float(amount)
    except ValueError:
        raise CalibrationError(
            f"{text!r} is not a method with a strength, such as uniform_per_group:4."
        ) from None
    part = ConfigurationPart(name, strength)
    if part.is_student:
        if not 0.0 < strength < 1.0:
            raise CalibrationError(
                f"{text}: a student's share of its teacher's parameters lies between 0 and 1."
            )
        return part
    try:
        known = part.method
    except CalibrationError:
        from analysis.compression.methods.catalogue import METHODS

        names = (*METHODS, *STUDENTS)
        raise CalibrationError(
            f"unknown compression method {name!r}.  {offer(name, names)}"
        ) from None
    if part.is_recovered and known.family not in ("pruning", "low_rank"):
        raise CalibrationError(
            f"{text}: only pruned and factored models are trained on afterwards; drop {RECOVERED}."
        )
    if not known.low <= strength <= known.high:
        raise CalibrationError(
            f"{text}: {known.dial} must lie from {known.low:g} to {known.high:g}."
        )
    if known.dial in ("bits", "cache_bits") and strength != round(strength):
        raise CalibrationError(f"{text}: bits must be a whole number, such as {round(strength)}.")
    return part
