"""What can go wrong while compression is measured.

::

    PricewarError
     +-- CalibrationError       a grid, model or text that cannot be used; a disk that is full
          +-- MethodNotAllowed  a method that the model's layers do not allow at that strength
"""

from sim.errors import PricewarError


class CalibrationError(PricewarError):
    """Measuring cannot continue: the message says why and what to do; finished rows are kept."""


class MethodNotAllowed(CalibrationError):  # noqa: N818 - named for what happened
    """A method asks of a model's layers what they cannot give: choose another strength or model."""
