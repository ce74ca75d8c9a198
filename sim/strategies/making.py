"""Making the classes of strategies from outside the package, and sending them to other processes.

A file's source is executed once per process and digest, under a module name that the digest gives:
two files of one name do not meet, and a pickled strategy finds its class wherever it arrives,
because the source travels with it.
"""

from __future__ import annotations

import copyreg
import inspect
import linecache
import re
import sys
import traceback
import warnings
from types import ModuleType
from typing import Any, Literal, TypeVar

from pydantic import create_model
from pydantic.errors import PydanticUserError

from sim.errors import StrategyError
from sim.nearest import nearest, offer, one_of
from sim.strategies.guard import guard
from sim.strategies.installed import installed
from sim.strategies.outside_code import BadCodeError, OutsideCode, module_name
from sim.strategies.strategy import Strategy

Kind = TypeVar("Kind", bound=Strategy)

DIGEST = "policy_sha256"
"""Key under which a resolved scenario states the digest of a strategy's source."""

_UNTYPED = re.compile(r"non-annotated attribute was detected: `(?P<name>\w+) =")

_made: dict[tuple[type[Strategy], str, str], type[Strategy]] = {}
"""Classes made so far, by kind, name and digest: equal code makes equal strategies."""


def make(kind: type[Kind], origin: OutsideCode) -> type[Kind]:
    """Return the class of an origin, ready for use; this executes the code.

    It is the user's class, derived once more: `policy` and the digest of the source are fixed, so
    that they are part of what a record says, and its rule is guarded.

    Parameters
    ----------
    kind
        The kind of strategy that it must be.
    origin
        Where it comes from.

    Raises
    ------
    BadCodeError
        If the code cannot be executed, or has no such strategy.
    """
    key = kind, origin.policy, origin.sha256
    if key not in _made:
        _made[key] = _sealed(_found(kind, origin), origin)
    made = _made[key]
    if not issubclass(made, kind):  # _found() saw to it
        raise TypeError(f"{made} is not a {kind}")
    return made


def _found(kind: type[Kind], origin: OutsideCode) -> type[Kind]:
    if origin.source is None:
        found = installed(kind.entry_points)[origin.policy].load()
        module = origin.label
    else:
        names = vars(_module(origin, origin.source))
        module = origin.label
        if origin.class_name not in names:
            raise _no_such_class(kind, origin, names)
        found = names[origin.class_name]
    return _accepted(kind, origin.class_name, module, found)


def _no_such_class(
    kind: type[Strategy], origin: OutsideCode, names: dict[str, Any]
) -> BadCodeError:
    known = sorted(
        name
        for name, found in names.items()
        if inspect.isclass(found)
        and issubclass(found, kind)
        and found.__module__ == names["__name__"]
    )
    hint = offer(origin.class_name, known, f"It has: {one_of(known)}.")
    return BadCodeError(f"{origin.label} has no class {origin.class_name!r}.", hint)


def _accepted(kind: type[Kind], name: str, module: str, found: object) -> type[Kind]:
    if not inspect.isclass(found) or not issubclass(found, kind):
        raise BadCodeError(
            f"{name} of {module} is not a strategy for {kind.decides}.",
            f"Derive it from {kind.__module__}.{kind.__name__}.",
        )
    if inspect.isabstract(found):
        lacking = ", ".join(sorted(found.__abstractmethods__))
        raise BadCodeError(f"{name} of {module} lacks {lacking}.", "Define what is missing.")
    _refuse_misspelt_rules(kind, name, module, found)
    try:
        found.model_json_schema()
    except PydanticUserError as error:
        raise BadCodeError(
            f"{name} of {module} has a field that no file can fill: {error.message}.",
            "Its fields must be numbers, texts, dates, lists or records of such.",
        ) from error
    return found


def _refuse_misspelt_rules(kind: type[Kind], name: str, module: str, found: type[Kind]) -> None:
    """Refuse a method that nothing calls but whose name is nearly that of a rule left out."""
    own = [cls for cls in found.__mro__ if not cls.__module__.startswith(("sim.", "pydantic"))]
    defined = {
        attribute
        for cls in own
        for attribute, value in vars(cls).items()
        if not attribute.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, property))
    }
    left_out = [rule for rule in kind.checks if rule not in defined]
    for attribute in sorted(defined):
        close = None if hasattr(kind, attribute) else nearest(attribute, left_out)
        if close is not None:
            raise BadCodeError(
                f"{name} of {module} has {attribute}, which nothing calls.",
                f"Did you mean {close!r}? Begin the name of a helper with an underscore.",
            )


def _module(origin: OutsideCode, source: bytes) -> ModuleType:
    """Execute a source, or return the module that this process already made from it."""
    name = module_name(origin)
    if name in sys.modules:
        return sys.modules[name]
    module = ModuleType(name)
    module.__file__ = origin.label
    sys.modules[name] = module
    text = source.decode("utf-8", errors="replace")
    linecache.cache[origin.label] = len(source), None, text.splitlines(keepends=True), origin.label
    try:
        with warnings.catch_warnings():
            # such a field would never be read
            warnings.filterwarnings("error", message="Field name .* shadows an attribute")
            exec(compile(source, origin.label, "exec"), vars(module))  # noqa: S102 - allowed by the user
    except PydanticUserError as error:
        del sys.modules[name]
        raise _not_a_record(error, origin) from error
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise BadCodeError(
            f"{origin.label} cannot be executed: {_told(error, origin)}.",
            "A policy's file stands alone: it may import installed packages, no file beside it."
            if isinstance(error, ImportError)
            else "Correct the file.",
        ) from error
    return module


def _not_a_record(error: PydanticUserError, origin: OutsideCode) -> BadCodeError:
    """Return what to say of a class whose attributes make no record."""
    untyped = _UNTYPED.search(str(error))
    if untyped is None:
        reason = str(error).partition("\n")[0]
        return BadCodeError(f"{origin.label} cannot be executed: {reason}", "Correct the file.")
    return BadCodeError(
        f"{origin.label} sets {untyped['name']} in a class without a type.",
        f"A field that scenarios may set has one, as in {untyped['name']}: float = ...; what a "
        "rule returns is a method, or a property where the kind has one.",
    )


def _told(error: BaseException, origin: OutsideCode) -> str:
    """Return the kind of an error, its text, and the line of the file that it arose in."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({origin.label}:{error.lineno})"
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == origin.label
    ]
    where = f" ({origin.label}:{lines[-1]})" if lines else ""
    return f"{type(error).__name__}: {error}{where}"


def _sealed(found: type[Kind], origin: OutsideCode) -> type[Kind]:
    fields: dict[str, Any] = {
        "policy": (Literal[origin.policy], ...),
        DIGEST: (Literal[origin.sha256], origin.sha256),
    }
    sealed = create_model(
        found.__name__, __base__=found, __module__=found.__module__, __doc__=found.__doc__, **fields
    )
    sealed.origin = origin
    guard(sealed, origin)
    copyreg.pickle(sealed, _reduced)  # type: ignore[arg-type] # its stub knows no state
    return sealed


def _reduced(strategy: Strategy) -> tuple[object, tuple[object, ...], object]:
    """Return how to make a strategy again: its class from its source, then its fields."""
    kind = next(base for base in type(strategy).__mro__ if Strategy in base.__bases__)
    return _blank, (kind, strategy.origin), strategy.__getstate__()


def _blank(kind: type[Kind], origin: OutsideCode) -> Kind:
    """Return a strategy without its fields, in the process where a pickle arrives."""
    try:
        if origin.source is None:
            refuse_another(kind, origin)
        made = make(kind, origin)
    except BadCodeError as error:
        made = _unavailable(kind, f"{origin.shown}: {error}")
    return made.__new__(made)


def refuse_another(kind: type[Strategy], origin: OutsideCode) -> None:
    """Refuse an installed strategy that is not the one that a pickle or a scenario means.

    Raises
    ------
    BadCodeError
        If it is not installed here, or in another version.
    """
    offered = installed(kind.entry_points).get(origin.policy)
    if offered is None:
        raise BadCodeError(f"{origin.label} is not installed here.")
    here = offered.origin()
    if here.sha256 != origin.sha256:
        raise BadCodeError(
            f"{here.label} is installed here, with sha256 {here.sha256}; "
            f"{origin.label} with sha256 {origin.sha256} is needed."
        )


def _unavailable(kind: type[Kind], message: str) -> type[Kind]:
    """Return a class whose every rule fails: a run that needs it fails, and says why."""

    def fail(*_: object, **__: object) -> object:
        raise StrategyError(message)

    made = create_model(f"Unavailable{kind.__name__}", __base__=kind)
    for name in kind.checks:
        found = inspect.getattr_static(kind, name)
        setattr(made, name, property(fail) if isinstance(found, property) else fail)
    made.__abstractmethods__ = frozenset()
    return made
