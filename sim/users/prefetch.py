"""Reading ahead: asking the processor for memory that will be needed soon, without waiting for it.

A prefetch is a hint; results are the same without it. Where the kernel is not compiled there is
none.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numpy.typing import NDArray


def prefetch(array: NDArray[Any], index: int | np.integer[Any]) -> None:
    """Ask for the memory of an element of a one-dimensional array, to be read soon.

    A record whose size is no power of two may lie across two lines of the cache: both are asked
    for.
    """


@overload(prefetch, strict=False)
def _compiled_prefetch(array: types.Array, index: types.Integer) -> Any:  # noqa: ARG001 - types only
    def fetch(array, index):  # type: ignore[no-untyped-def]
        _fetch(array, np.int64(index))

    return fetch


def _prefetching(_context: Any, array: types.Array, index: types.Integer) -> Any:
    """LLVM's prefetch of ``array[index]``: for reading, into all caches, as data."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        stride = cgutils.unpack_tuple(builder, view.strides, 1)[0]
        byte = ir.PointerType(ir.IntType(8))
        start = builder.bitcast(view.data, byte)
        address = builder.gep(start, [builder.mul(arguments[1], stride)])
        size = context.get_abi_sizeof(context.get_data_type(signature.args[0].dtype))
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        for offset in (0,) if size & (size - 1) == 0 else (0, size - 1):
            part = builder.gep(address, [ir.IntType(64)(offset)])
            builder.call(function, [part, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, index), generate


_fetch: Any = intrinsic(_prefetching)
