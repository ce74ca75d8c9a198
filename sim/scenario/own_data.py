"""Tables of one's own that a scenario names: ``data: my-tables``, and the date of the view of all.

In a resolved scenario, which leaves nothing to tables, the files stand with their digests.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path as FilePath

from sim.data.dataset import Dataset
from sim.data.own_tables import own_tables
from sim.errors import DataError, as_sentence
from sim.reading.nodes import Listing, Mapping, Node, Scalar
from sim.reading.problems import Problems

DATA, FILES, AS_OF = "data", "data_files", "data_as_of"


def include_data(root: Mapping, problems: Problems) -> tuple[Mapping, Dataset]:
    """Read the folders that a tree names, and name their tables by content.

    Parameters
    ----------
    root
        The whole tree without wrappers.
    problems
        Takes what is no folder of tables.

    Returns
    -------
    Mapping
        The tree with the files' digests in place of the folders.
    Dataset
        Where the scenario's values are looked up.

    Raises
    ------
    ScenarioError
        A folder or a row of its tables is refused.
    """
    date = root.entries.get(AS_OF)
    as_of = date.value if isinstance(date, Scalar) and isinstance(date.value, dt.date) else None
    named = root.entries.get(DATA)
    root = root.without(DATA)
    if named is None or (isinstance(named, Scalar) and named.value is None):
        return root, Dataset(as_of=as_of)
    nodes = named.items if isinstance(named, Listing) else (named,)
    folders = [_folder(node, problems) for node in nodes]
    try:
        dataset = own_tables(folders, as_of)
    except DataError as error:
        raise problems.fail(named.place, as_sentence(error), path=(DATA,), node=named) from error
    files: list[Node] = []
    for file in dataset.files:
        values: dict[str, str | bool] = {
            "table": file.table,
            "sha256": file.sha256,
            "replaces": file.replaces,
        }
        entries: dict[str, Node] = {
            key: Scalar(value, str(value), named.place) for key, value in values.items()
        }
        files.append(Mapping(entries, dict.fromkeys(entries, named.place), named.place))
    return root.put(FILES, Listing(tuple(files), named.place)), dataset


def _folder(node: Node, problems: Problems) -> FilePath:
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value:
        raise problems.fail(
            node.place, "must be the path of a folder of tables.", path=(DATA,), node=node
        )
    # A value from the command line has no line; its path is from the working folder.
    beside = FilePath(node.place.file).parent if node.place.line else FilePath()
    return beside / node.value
