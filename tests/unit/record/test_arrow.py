"""Columns are what Arrow itself would make of the same values."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.record.arrow import to_array, to_column

whole = st.integers(-(2**31), 2**31 - 1)
KINDS = {
    "text": (pa.string(), st.text()),
    "boolean": (pa.bool_(), st.booleans()),
    "date": (pa.date32(), st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1))),
    "real": (pa.float64(), st.floats(allow_nan=False) | whole | whole.map(np.int64)),
    "int32": (pa.int32(), whole),
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
}


@pytest.mark.parametrize("name", KINDS)
@given(st.data())
def test_a_column_is_what_arrow_makes_of_the_values(name, data):
    kind, values = KINDS[name]
    cells = data.draw(st.lists(st.none() | values))
    column = to_column(cells, kind)
    column.validate(full=True)
    assert column.equals(pa.array(cells, kind))


@pytest.mark.parametrize("name", KINDS)
@given(st.data())
def test_an_array_is_what_arrow_makes_of_the_column(name, data):
    kind, values = KINDS[name]
    nothing = st.nothing() if name == "boolean" else st.none()
    cells = data.draw(st.lists(nothing | values))
    column = pa.chunked_array([pa.array(cells[:2], kind), pa.array(cells[2:], kind)])
    expected, array = column.to_numpy(), to_array(column)
    assert array.dtype == expected.dtype
    np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [([1.5], pa.int64()), (["x"], pa.float64()), ([3], pa.string()), ([1], pa.date32())],
)
def test_a_value_of_another_type_is_refused(cells, kind):
    with pytest.raises(TypeError):
        to_column(cells, kind)
