"""Functions as parts of others: what compiled code calls is optimised in its callers alone.

Numba compiles whatever a function calls as if it stood alone: optimised, made into machine code,
wrapped for Python, and then copied into each caller and optimised there again. In a tree of two
hundred functions that are all inlined, that is nearly all of the time. Here a function that Python
calls is compiled once with all that it calls, directly or not, and what it calls is handed over as
it was translated. Parts have no machine code of their own and are not kept.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from numba.core.caching import FunctionCache, NullCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import NativeLowering

_OPTIONS = {"nopython": True, "_nrt": False}


class CompiledFunction(CPUDispatcher):
    """A function compiled whole where Python calls it, and as a part where compiled code does.

    Parameters
    ----------
    function
        What is compiled.
    inline
        Whether it is copied into its callers.
    find_cache
        Finds where code that Python calls is kept; None: nowhere.

    Notes
    -----
    A tenth of the functions are called from Python, and those are as a rule compiled already: what
    the others would need is made when it is asked for.
    """

    def __init__(
        self,
        function: Callable[..., object],
        *,
        inline: bool,
        find_cache: Callable[[], FunctionCache | None],
    ) -> None:
        super().__init__(
            function,
            targetoptions=_OPTIONS | {"no_cfunc_wrapper": True},
            pipeline_class=_WholeCompiler,
        )
        self._inline = inline
        self._find_cache = find_cache
        del self._cache  # numba's own, of no place

    @cached_property
    def _cache(self) -> Any:
        return self._find_cache() or NullCache()

    @cached_property
    def _part(self) -> Any:
        return _Part(
            self.py_func,
            targetoptions=_OPTIONS | {"forceinline": self._inline},
            pipeline_class=_PartCompiler,
        )

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Return how compiled code calls the part."""
        return self._part.get_call_template(args, kws)

    def get_overload(self, sig: Any) -> Any:
        """Return by what the compiled part of a signature is known."""
        return self._part.get_overload(sig)


class _Part(CPUDispatcher):
    """A function as a part, never called from Python."""

    def add_overload(self, cres: Any) -> None:
        self.overloads[tuple(cres.signature.args)] = cres


class _WholeLibrary(JITCodeLibrary):
    """Code with all that it calls, optimised once.

    Numba optimises twice, first to bring together the counting of references, and there is none.
    """

    def _optimize_final_module(self) -> None:
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)


class _PartLibrary(JITCodeLibrary):
    """A part's code as it was translated: neither optimised nor joined with what it calls."""

    def _optimize_functions(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout

    def finalize(self) -> None:
        self._raise_if_finalized()
        self._finalized = True

    @property
    def with_its_own_parts(self) -> list[JITCodeLibrary]:
        """The part itself and all that it calls, directly or not, each once."""
        return list(dict.fromkeys([self, *self._linking_libraries]))


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(NativeLowering):
    """Translation of a part, without machine code."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        flags = state.flags
        flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
        state.library = library
        super().run_pass(state)
        known_by = object()
        lowered = state["cr"]
        state.targetctx.insert_user_function(known_by, lowered.fndesc, library.with_its_own_parts)
        state["cr"] = lowered._replace(cfunc=known_by)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class _WholeLowering(NativeLowering):
    """Translation of a function with all that it calls, into machine code."""

    _name = "whole_lowering"

    def run_pass(self, state: Any) -> bool:
        state.library = _WholeLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return bool(super().run_pass(state))


class _Compiler(Compiler):
    """Numba's steps, with another translation."""

    lowering: type[NativeLowering]

    def define_pipelines(self) -> list[PassManager]:
        (pipeline,) = super().define_pipelines()
        pipeline.passes = [
            (self.lowering if step is NativeLowering else step, description)
            for step, description in pipeline.passes
        ]
        return [pipeline]


class _WholeCompiler(_Compiler):
    lowering = _WholeLowering


class _PartCompiler(_Compiler):
    lowering = _PartLowering
