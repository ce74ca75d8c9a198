"""The kinds of numbers that records are made of, each with its limits, and arrays of numbers."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

FloatArray = NDArray[np.float64]
"""Numbers in double precision, of whatever shape the docstring says."""
IntegerArray = NDArray[np.int64]
"""Whole numbers, such as places in another array."""
BoolArray = NDArray[np.bool_]
"""True and false, such as a choice of places."""

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share, 0 to 1."""
Positive = Annotated[float, Field(gt=0.0)]
"""A number above 0."""
NonNegative = Annotated[float, Field(ge=0.0)]
"""A number of at least 0."""
Logit = Annotated[float, Field(ge=-50.0, le=50.0)]
"""A utility or a log-odds: at 50 either way, a probability is 0 or 1 to double precision."""
TokenPrice = Annotated[float, Field(ge=0.0, le=1e6)]
"""A price or cost per million tokens: at most one unit of money a token."""
Money = Annotated[float, Field(ge=0.0, le=1e15)]
"""A sum of money: at most ten times what the world earns in a year."""
PositiveMoney = Annotated[float, Field(gt=0.0, le=1e15)]
"""A sum of money above 0."""
