"""Guarding rules from outside the package: what they raise or return wrongly fails the run."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol

from sim.errors import StrategyError
from sim.strategies.outside_code import OutsideCode, file_of
from sim.strategies.strategy import Check, Strategy


class RuleView(Protocol):
    """What a rule is shown."""

    @property
    def subject(self) -> str:
        """What is decided on, for messages: ``product glm-4``."""

    def read_only(self) -> RuleView:
        """Return the same view with arrays that refuse to be written."""


def guard(strategy: type[Strategy], origin: OutsideCode) -> None:
    """Wrap the methods of a class that its kind calls.

    Parameters
    ----------
    strategy
        A class that nobody else uses yet.
    origin
        Where it comes from, for messages.
    """
    for name, check in strategy.checks.items():
        found = inspect.getattr_static(strategy, name)
        if isinstance(found, property) and found.fget is not None:
            setattr(strategy, name, property(_guarded(found.fget, name, check, origin)))
        else:
            setattr(strategy, name, _guarded(found, name, check, origin))


def _guarded(
    method: Callable[..., object], name: str, check: Check, origin: OutsideCode
) -> Callable[..., object]:
    @wraps(method)
    def call(self: Strategy, *views: RuleView, **options: Any) -> object:
        if "view" in options:
            views = (*views, options.pop("view"))
        try:
            value = method(self, *(view.read_only() for view in views), **options)
        except StrategyError:
            raise  # another rule of the same strategy has said it already
        except (Exception, SystemExit) as error:
            where = _where(error, origin)
            what = f"raised {type(error).__name__}: {error}{where}"
            raise _failure(origin, name, views, what) from error
        wanted = check(value)
        if wanted:
            raise _failure(origin, name, views, f"returned {value!r}; must be {wanted}")
        return value

    return call


def _failure(
    origin: OutsideCode, name: str, views: tuple[RuleView, ...], what: str
) -> StrategyError:
    subject = f" for {views[0].subject}" if views else ""
    return StrategyError(f"{origin.shown}: {name}(){subject} {what}.")


def _where(error: BaseException, origin: OutsideCode) -> str:
    """Return the line of the policy's own file in which an error arose, for a message."""
    if origin.source is None:
        return ""
    named = file_of(origin)
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == named
    ]
    return f" (line {lines[-1]})" if lines else ""
