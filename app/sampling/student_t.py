"""Quantiles of Student's t distribution, to about ten digits, for any positive degrees of freedom.

The upper tail is half a regularised incomplete beta function, P(T > t) = ½ I_x(ν/2, ½) with x = ν/(ν + t²),
evaluated by its continued fraction (NIST DLMF 8.17.22) with the modified Lentz method.
"""

from functools import lru_cache
from math import exp, inf, lgamma, log, log1p, pi
from statistics import NormalDist

_TINY = 1e-300
_PRECISION = 1e-15
_LONGEST_FRACTION = 10_000
_MOST_STEPS = 200


@lru_cache(maxsize=4096)
def t_quantile(probability: float, degrees_of_freedom: float) -> float:
    """The t below which `probability` of the distribution lies; ValueError unless 0 < probability < 1, ν > 0."""
    if not 0 < probability < 1 or not degrees_of_freedom > 0:
        raise ValueError("a t quantile needs 0 < probability < 1 and positive degrees of freedom")
    if degrees_of_freedom == inf:
        return NormalDist().inv_cdf(probability)
    if probability < 0.5:
        return -_upper_quantile(probability, degrees_of_freedom)
    return _upper_quantile(1 - probability, degrees_of_freedom)


def _upper_quantile(tail: float, nu: float) -> float:
    """Newton's method from the normal quantile, which lies below; the tail is convex, so every step does."""
    t = -NormalDist().inv_cdf(tail)
    for _ in range(_MOST_STEPS):
        step = (upper_tail(t, nu) - tail) / _density(t, nu)
        t += step
        if step <= 1e-13 * t:
            break
    return t


def upper_tail(t: float, nu: float) -> float:
    """P(T > t) for t ≥ 0 and ν > 0 degrees of freedom."""
    x, below = nu / (nu + t * t), t * t / (nu + t * t)
    a, b = nu / 2, 0.5
    if below == 0:
        return 0.5
    log_x = -log1p(t * t / nu)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log_x + b * log(below))
    if x < (a + 1) / (a + b + 2):
        return 0.5 * front * _beta_fraction(x, a, b) / a
    return 0.5 * (1 - front * _beta_fraction(below, b, a) / b)


def _density(t: float, nu: float) -> float:
    log_constant = lgamma((nu + 1) / 2) - lgamma(nu / 2) - 0.5 * log(nu * pi)
    return exp(log_constant - (nu + 1) / 2 * log1p(t * t / nu))


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction 1/(1 + d₁/(1 + d₂/(1 + …))) of the incomplete beta function."""
    value, c, d = 1.0, 1.0, 0.0
    for m in range(_LONGEST_FRACTION):
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2))
        for term in (odd, even):
            d = 1 / _nonzero(1 + term * d)
            c = _nonzero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return 1 / value


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
