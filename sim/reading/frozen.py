"""The base of every record that a file is read into."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_LONGEST_FILE_NAME_BYTES = 200
"""Systems take 255, and what is added to a name has room in the rest."""
_KEPT_BY_WINDOWS = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³]) *(\..*)?", re.IGNORECASE)

Name = Annotated[
    str,
    Field(min_length=1, max_length=80, pattern=r"^[\w@](?:[\w .+/():@,&'*-]*[\w.+/():@,&'*-])?$"),
]
"""A name: letters, digits, blanks within and ``. + - / ( ) : @ , & ' *``.

Models may thus be called as price tables call them: ``vendor/model:free``, ``model@20240620``.
"""


def _fit_for_a_folder(name: str) -> str:
    """Return a name that a folder may have on any system; refuse another."""
    if _KEPT_BY_WINDOWS.fullmatch(name):
        raise ValueError(f"names the folder of the results, and Windows keeps {name!r} for itself")
    if name.endswith((".", " ")):
        raise ValueError("names the folder of the results: it must not end in a dot or a blank")
    if len(name.encode()) > _LONGEST_FILE_NAME_BYTES:
        raise ValueError(
            "names the folder of the results: it must not have more than "
            f"{_LONGEST_FILE_NAME_BYTES} bytes"
        )
    return name


FolderName = Annotated[
    str,
    Field(min_length=1, max_length=80, pattern=r"^[\w][\w .+()-]*$"),
    AfterValidator(_fit_for_a_folder),
]
"""A name that may be that of a folder on any system: letters, digits, blanks and ``. + ( ) -``.

It leads into no other folder, whoever wrote the file that it stands in.
"""


class Frozen(BaseModel):
    """A strict, immutable record: unknown keys, wrong types, NaN and infinities are refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
