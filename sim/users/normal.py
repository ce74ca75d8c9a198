"""The normal distribution for the compiled kernel."""

import math

from sim.compiled import compiled

_ROOT_HALF = math.sqrt(0.5)
_CENTRAL_ABOVE = (
    2.5090809287301226727e3,
    3.3430575583588128105e4,
    6.7265770927008700853e4,
    4.5921953931549871457e4,
    1.3731693765509461125e4,
    1.9715909503065514427e3,
    1.3314166789178437745e2,
    3.3871328727963666080e0,
)
_CENTRAL_BELOW = (
    5.2264952788528545610e3,
    2.8729085735721942674e4,
    3.9307895800092710610e4,
    2.1213794301586595867e4,
    5.3941960214247511077e3,
    6.8718700749205790830e2,
    4.2313330701600911252e1,
    1.0,
)
_TAIL_ABOVE = (
    7.74545014278341407640e-4,
    2.27238449892691845833e-2,
    2.41780725177450611770e-1,
    1.27045825245236838258e0,
    3.64784832476320460504e0,
    5.76949722146069140550e0,
    4.63033784615654529590e0,
    1.42343711074968357734e0,
)
_TAIL_BELOW = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
    6.89767334985100004550e-1,
    1.67638483018380384940e0,
    2.05319162663775882187e0,
    1.0,
)


@compiled
def normal_cdf(z: float) -> float:
    """Return the standard normal distribution function [Phi]."""
    return 0.5 * math.erfc(-z * _ROOT_HALF)


@compiled
def normal_quantile(probability: float) -> float:
    """Inverse of the standard normal distribution function, to 1e-15 relative.

    Parameters
    ----------
    probability : float
        Between 1.4e-11 and 1 - 1.4e-11: the two central regions of the algorithm suffice, because
        usage shares come in steps of 2**-32.

    References
    ----------
    Wichura (1988). Algorithm AS 241: the percentage points of the normal distribution.
    Applied Statistics 37, 477-484; PPND16.
    """
    q = probability - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        return q * polynomial(r, _CENTRAL_ABOVE) / polynomial(r, _CENTRAL_BELOW)
    r = math.sqrt(-math.log(probability if q < 0.0 else 1.0 - probability)) - 1.6
    tail = polynomial(r, _TAIL_ABOVE) / polynomial(r, _TAIL_BELOW)
    return -tail if q < 0.0 else tail


@compiled
def polynomial(x: float, coefficients: tuple[float, ...]) -> float:
    """Polynomial by Horner's rule, highest power first."""
    value = 0.0
    for coefficient in coefficients:
        value = value * x + coefficient
    return value
