"""The methods of Tensor that are needed less often than those in `tensor.py`, in the same form: one line a method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core import listening
from . import (
    combined_products,
    comparison,
    conversion,
    distances,
    elementwise,
    grids_and_sequences,
    joining,
    old_decompositions,
    order,
    products,
    random_tensors,
    rarer_arithmetic,
    replaced_parts,
    sampling,
    scans,
    scattering,
    sets_and_counts,
    shaping,
    stacking,
    statistics,
    windows,
)
from .inplace import in_place
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor


class RarerMethods(TensorBase):
    """What else a tensor can do."""

    __slots__ = ()

    # -- functions of numbers --

    positive = elementwise.positive
    logit = elementwise.logit
    erf = elementwise.erf
    erfc = elementwise.erfc
    erfinv = rarer_arithmetic.erfinv
    lgamma = rarer_arithmetic.lgamma
    digamma = rarer_arithmetic.digamma
    sinc = rarer_arithmetic.sinc
    sgn = rarer_arithmetic.sgn
    frac = rarer_arithmetic.frac
    deg2rad = rarer_arithmetic.deg2rad
    rad2deg = rarer_arithmetic.rad2deg
    copysign = rarer_arithmetic.copysign
    heaviside = rarer_arithmetic.heaviside
    logaddexp2 = rarer_arithmetic.logaddexp2
    float_power = rarer_arithmetic.float_power
    ldexp = rarer_arithmetic.ldexp
    fmax = rarer_arithmetic.fmax
    fmin = rarer_arithmetic.fmin
    nextafter = rarer_arithmetic.nextafter

    def polygamma(self, n: int) -> Tensor:
        """The n-th derivative of digamma. Raises RuntimeError for n < 0."""
        return rarer_arithmetic.polygamma(n, self)  # type: ignore[arg-type]

    polygamma_ = in_place(polygamma)

    gcd = rarer_arithmetic.gcd
    lcm = rarer_arithmetic.lcm
    addcdiv = rarer_arithmetic.addcdiv
    clamp_min = rarer_arithmetic.clamp_min
    clamp_max = rarer_arithmetic.clamp_max

    # -- tests --

    isclose = comparison.isclose
    isposinf = comparison.isposinf
    isneginf = comparison.isneginf
    isreal = comparison.isreal
    signbit = comparison.signbit
    is_nonzero = comparison.is_nonzero
    greater = comparison.greater
    greater_equal = comparison.greater_equal
    less = comparison.less
    less_equal = comparison.less_equal
    not_equal = comparison.not_equal

    # -- what there is, where, and how often --

    nonzero = sets_and_counts.nonzero
    argwhere = sets_and_counts.argwhere
    count_nonzero = sets_and_counts.count_nonzero
    unique = sets_and_counts.unique
    unique_consecutive = sets_and_counts.unique_consecutive
    bincount = sets_and_counts.bincount
    histc = sets_and_counts.histc
    histogram = sets_and_counts.histogram
    multinomial = sampling.multinomial
    bernoulli = random_tensors.bernoulli

    # -- places --

    scatter = scattering.scatter
    scatter_reduce = scattering.scatter_reduce
    index_add = scattering.index_add
    index_copy = scattering.index_copy
    index_fill = scattering.index_fill
    index_put = scattering.index_put
    masked_scatter = scattering.masked_scatter
    put = scattering.put
    take = scattering.take
    index_reduce = replaced_parts.index_reduce
    select_scatter = replaced_parts.select_scatter
    slice_scatter = replaced_parts.slice_scatter
    diagonal_scatter = replaced_parts.diagonal_scatter

    # -- along a dimension --

    cummax = scans.cummax
    cummin = scans.cummin
    logcumsumexp = scans.logcumsumexp
    diff = scans.diff
    quantile = statistics.quantile
    nanquantile = statistics.nanquantile
    nanmean = statistics.nanmean
    nanmedian = statistics.nanmedian
    mode = statistics.mode
    aminmax = statistics.aminmax
    cov = statistics.cov
    corrcoef = statistics.corrcoef
    kthvalue = order.kthvalue
    msort = order.msort
    sum_to_size = grids_and_sequences.sum_to_size
    dist = distances.dist
    renorm = distances.renorm

    # -- shape --

    rot90 = shaping.rot90
    fliplr = shaping.fliplr
    flipud = shaping.flipud
    tensor_split = stacking.tensor_split
    hsplit = stacking.hsplit
    vsplit = stacking.vsplit
    dsplit = stacking.dsplit
    split_with_sizes = joining.split_with_sizes
    unsafe_split = joining.unsafe_split
    unsafe_split_with_sizes = joining.unsafe_split_with_sizes
    unsafe_chunk = joining.unsafe_chunk
    narrow_copy = joining.narrow_copy
    diagflat = windows.diagflat

    # -- products and factorizations --

    addmm = combined_products.addmm
    addmv = combined_products.addmv
    addr = combined_products.addr
    addbmm = combined_products.addbmm
    baddbmm = combined_products.baddbmm
    inner = combined_products.inner
    ger = products.ger
    vdot = combined_products.vdot
    kron = combined_products.kron
    cross = combined_products.cross
    matrix_power = combined_products.matrix_power
    pinverse = products.pinverse
    matrix_exp = old_decompositions.matrix_exp
    qr = old_decompositions.qr
    svd = old_decompositions.svd

    # -- dtypes and hooks --

    byte = conversion.byte
    char = conversion.char
    register_post_accumulate_grad_hook = listening.register_post_accumulate_grad_hook

    # -- in place --

    logit_ = in_place(elementwise.logit)
    erf_ = in_place(elementwise.erf)
    erfc_ = in_place(elementwise.erfc)
    erfinv_ = in_place(rarer_arithmetic.erfinv)
    lgamma_ = in_place(rarer_arithmetic.lgamma)
    digamma_ = in_place(rarer_arithmetic.digamma)
    sinc_ = in_place(rarer_arithmetic.sinc)
    sgn_ = in_place(rarer_arithmetic.sgn)
    frac_ = in_place(rarer_arithmetic.frac)
    deg2rad_ = in_place(rarer_arithmetic.deg2rad)
    rad2deg_ = in_place(rarer_arithmetic.rad2deg)
    copysign_ = in_place(rarer_arithmetic.copysign)
    heaviside_ = in_place(rarer_arithmetic.heaviside)
    float_power_ = in_place(rarer_arithmetic.float_power)
    ldexp_ = in_place(rarer_arithmetic.ldexp)
    nextafter_ = in_place(rarer_arithmetic.nextafter)
    gcd_ = in_place(rarer_arithmetic.gcd)
    lcm_ = in_place(rarer_arithmetic.lcm)
    addcdiv_ = in_place(rarer_arithmetic.addcdiv)
    clamp_min_ = in_place(rarer_arithmetic.clamp_min)
    clamp_max_ = in_place(rarer_arithmetic.clamp_max)
    arctan2_ = atan2_ = in_place(elementwise.atan2)
    eq_ = in_place(comparison.eq)
    not_equal_ = ne_ = in_place(comparison.ne)
    less_ = lt_ = in_place(comparison.lt)
    less_equal_ = le_ = in_place(comparison.le)
    greater_ = gt_ = in_place(comparison.gt)
    greater_equal_ = ge_ = in_place(comparison.ge)
    scatter_ = scattering.scatter_
    scatter_reduce_ = scattering.scatter_reduce_
    index_add_ = scattering.index_add_
    index_copy_ = scattering.index_copy_
    index_fill_ = scattering.index_fill_
    index_put_ = scattering.index_put_
    masked_scatter_ = scattering.masked_scatter_
    put_ = scattering.put_
    index_reduce_ = in_place(replaced_parts.index_reduce)
    fill_diagonal_ = replaced_parts.fill_diagonal_
    renorm_ = in_place(distances.renorm)
    addmm_ = in_place(combined_products.addmm)
    addmv_ = in_place(combined_products.addmv)
    addr_ = in_place(combined_products.addr)
    addbmm_ = in_place(combined_products.addbmm)
    baddbmm_ = in_place(combined_products.baddbmm)
