"""Logarithm, exponential and cosine of + − × ÷ and bit moves alone: loops over people become vector code, and the bits hang on
no mathematical library. Within one unit in the last place of the true value (cosine: within 1e-15)."""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

# ln 2 in two parts; coefficients of FDLIBM's e_log.c and e_exp.c (Sun Microsystems 1993; Tang 1990)
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_L1, _L2, _L3, _L4 = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
)
_L5, _L6, _L7 = 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01
_P1, _P2, _P3 = 1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05
_P4, _P5 = -1.65339022054652515390e-06, 4.13813679705723846039e-08
# sin x = x - x³/3! + …: enough terms for |x| ≤ π/2
_S = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in range(11))
_S1, _S2, _S3, _S4, _S5, _S6, _S7, _S8, _S9, _S10 = _S[1:]
_HALF_ROOT = 0x3FE6A09E << 32  # bits of about √½
_SHIFT = (0x3FF00000 << 32) - _HALF_ROOT
_MANTISSA = (1 << 52) - 1


@intrinsic
def _bits(context, x):
    return types.int64(types.float64), lambda c, builder, s, args: builder.bitcast(args[0], ir.IntType(64))


@intrinsic
def _float(context, bits):
    return types.float64(types.int64), lambda c, builder, s, args: builder.bitcast(args[0], ir.DoubleType())


@njit(cache=True, error_model="numpy")
def log(x):
    """ln x of a normal number x > 0."""
    bits = _bits(x) + _SHIFT  # type: ignore[call-arg]
    k = float(np.int32(bits >> 52) - 1023)
    f = _float((bits & _MANTISSA) + _HALF_ROOT) - 1.0  # type: ignore[call-arg]
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    r = w * (_L2 + w * (_L4 + w * _L6)) + z * (_L1 + w * (_L3 + w * (_L5 + w * _L7)))
    half = 0.5 * f * f
    return k * _LN2_HIGH - ((half - (s * (half + r) + k * _LN2_LOW)) - f)


@njit(cache=True, error_model="numpy")
def exp(x):
    """e^x; beyond ±700 the value at ±700 (about 1e±304)."""
    x = min(max(x, -700.0), 700.0)
    k = np.floor(x * 1.4426950408889634 + 0.5)
    high, low = x - k * _LN2_HIGH, k * _LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (_P1 + t * (_P2 + t * (_P3 + t * (_P4 + t * _P5))))
    y = 1.0 + (r * c / (2.0 - c) - low + high)
    return y * _float((np.int64(np.int32(k)) + 1023) << 52)  # type: ignore[call-arg]


@njit(cache=True, error_model="numpy")
def cos_turn(u):
    """cos 2πu for 0 ≤ u ≤ 1: 2·sin²(π|u - ½|) - 1."""
    x = math.pi * abs(u - 0.5)
    t = x * x
    s = _S1 + t * (_S2 + t * (_S3 + t * (_S4 + t * (_S5 + t * (_S6 + t * (_S7 + t * (_S8 + t * (_S9 + t * _S10))))))))
    s = x + x * (t * s)
    return 2.0 * (s * s) - 1.0
