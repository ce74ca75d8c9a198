"""Constraints between parameters: comparisons of numbers, read without running any code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_LENGTH = 500


class BadConstraintError(ValueError):
    """A text that is no constraint, or that cannot be judged at a point; says why."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A comparison that every point of a design keeps.

    Attributes
    ----------
    text
        As written, such as ``low_share < high_share and lag_days <= 30``.

    Examples
    --------
    >>> constraint = Constraint.parse("2 * low < high", {"low", "high"})
    >>> constraint.holds({"low": 1.0, "high": 3.0})
    True
    """

    text: str
    _tree: ast.expr

    @classmethod
    def parse(cls, text: str, names: Set[str]) -> Constraint:
        """Read a constraint.

        Numbers, words in quotes, ``+ - * /``, comparisons, ``and``, ``or``, ``not`` and the names
        of parameters are known. A name that is not a word, such as a path, is put in quotes.

        Parameters
        ----------
        text
            The constraint.
        names
            The names of the parameters.

        Raises
        ------
        BadConstraintError
            If it is anything else.
        """
        if len(text) > _LENGTH:
            raise BadConstraintError(f"must have at most {_LENGTH} characters")
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, RecursionError, ValueError) as error:
            raise BadConstraintError("must be a comparison, such as low < high") from error
        if not isinstance(tree, ast.Compare | ast.BoolOp) and not (
            isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not)
        ):
            raise BadConstraintError("must be a comparison, such as low < high")
        _check(tree, names)
        return cls(text, tree)

    def holds(self, values: Mapping[str, object]) -> bool:
        """Return whether the constraint holds at a point.

        Raises
        ------
        BadConstraintError
            If it compares what cannot be compared, such as a word and a number.
        """
        try:
            return bool(_value(self._tree, values))
        except (TypeError, ArithmeticError) as error:
            raise BadConstraintError(f"cannot be judged: {error}") from error


def _check(node: ast.expr, names: Set[str]) -> None:
    if isinstance(node, ast.Name):
        if node.id not in names:
            raise BadConstraintError(f"knows no parameter {node.id!r}; there are {_listed(names)}")
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float):
        return
    if isinstance(node, ast.Compare) and all(type(sign) in _COMPARISONS for sign in node.ops):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.BoolOp):
        parts = node.values
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Invert):
        parts = [node.operand]
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        parts = [node.left, node.right]
    else:
        raise BadConstraintError(
            "knows numbers, parameters, + - * /, comparisons, and, or, not; "
            f"{ast.unparse(node)[:40]!r} is none of them"
        )
    for part in parts:
        _check(part, names)


def _listed(names: Set[str]) -> str:
    return ", ".join(sorted(names)[:12])


def _value(node: ast.expr, values: Mapping[str, object]) -> Any:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return values.get(node.value, node.value) if isinstance(node.value, str) else node.value
    if isinstance(node, ast.BoolOp):
        results = (bool(_value(part, values)) for part in node.values)
        return all(results) if isinstance(node.op, ast.And) else any(results)
    if isinstance(node, ast.UnaryOp):
        operand = _value(node.operand, values)
        if isinstance(node.op, ast.Not):
            return not operand
        return -operand if isinstance(node.op, ast.USub) else +operand
    if isinstance(node, ast.BinOp):
        return _ARITHMETIC[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.Compare):
        sides = [_value(part, values) for part in (node.left, *node.comparators)]
        return all(
            _COMPARISONS[type(sign)](left, right)
            for sign, left, right in zip(node.ops, sides, sides[1:], strict=False)
        )
    raise BadConstraintError(f"{ast.unparse(node)[:40]!r} is not known")
