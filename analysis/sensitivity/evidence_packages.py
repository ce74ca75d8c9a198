"""The packages of the extra ``evidence``, without which some analyses cannot be made."""

from __future__ import annotations

from importlib.util import find_spec

from sim.errors import UsageError


def require_packages() -> None:
    """Refuse to go on without the packages that a surrogate needs.

    Raises
    ------
    UsageError
        If SALib or scikit-learn is not installed, with the line that installs both.
    """
    for module, package in (("SALib", "SALib"), ("sklearn", "scikit-learn")):
        if find_spec(module) is None:
            raise UsageError(
                f"A surrogate needs {package}, which is not installed.\n"
                '  pip install "pricewar[evidence]"'
            )
