"""The base of every record that a file is read into."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[
    str,
    Field(min_length=1, max_length=80, pattern=r"^[\w@](?:[\w .+/():@,&'*-]*[\w.+/():@,&'*-])?$"),
]
"""A name: letters, digits, blanks within and ``. + - / ( ) : @ , & ' *``.

Models may thus be called as price tables call them: ``vendor/model:free``, ``model@20240620``.
"""


class Frozen(BaseModel):
    """A strict, immutable record: unknown keys, wrong types, NaN and infinities are refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
