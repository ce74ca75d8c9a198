"""The base of every scenario record, and the number types that records are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share, 0 to 1."""
Positive = Annotated[float, Field(gt=0.0)]
NonNegative = Annotated[float, Field(ge=0.0)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[\w][\w .+/()-]*$")]
"""A name of a provider, product, domain ...: letters, digits, blanks and ``. + / ( ) -``."""


class Frozen(BaseModel):
    """A strict, immutable record: unknown keys, wrong types, NaN and infinities are refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
