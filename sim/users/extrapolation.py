"""Anderson's extrapolation: a fixed point from few steps of an iteration that converges slowly.

The next point is the combination of the last images whose residuals combine to the smallest. A
step costs far more here than the least squares do; SciPy's solver of the same name does the same,
but half a second of a short run would go for importing it.

References
----------
Anderson (1965). Iterative procedures for nonlinear integral equations. Journal of the ACM 12,
547-560. Walker, Ni (2011). Anderson acceleration for fixed-point iterations. SIAM Journal on
Numerical Analysis 49, 1715-1735.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WORSE = 2.0
"""A residual that grows by this factor says that the last points mislead: they are left out."""


class Extrapolation:
    """Remembers the last steps of an iteration, and says where to try next.

    Parameters
    ----------
    depth : int
        How many earlier steps are combined with the last one.
    """

    def __init__(self, depth: int = 3) -> None:
        self._depth = depth
        self._images: list[Floats] = []
        self._residuals: list[Floats] = []

    def after(self, image: Floats, residual: Floats) -> Floats:
        """Return the next point to try.

        Parameters
        ----------
        image : ndarray, shape (N,)
            What the iteration has made of the last point.
        residual : ndarray, shape (M,)
            What it has changed, each component as it counts; M may differ from N.
        """
        residuals = self._residuals
        if residuals and _size(residual) > _WORSE * _size(residuals[-1]):
            self._images.clear()
            residuals.clear()
        self._images.append(image)
        residuals.append(residual)
        del self._images[: -self._depth - 1], residuals[: -self._depth - 1]
        if len(residuals) == 1:
            return image
        changes = np.diff(residuals, axis=0).T
        weights = np.linalg.lstsq(changes, residual, rcond=None)[0]
        return np.asarray(image - np.diff(self._images, axis=0).T @ weights)


def _size(residual: Floats) -> float:
    return float(np.linalg.norm(residual))
