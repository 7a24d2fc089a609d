"""The dtypes under PyTorch's names, in the form that prints as PyTorch's."""

from __future__ import annotations

from typing import Any

import autograd

float16: Any = autograd.dtype(autograd.float16)
float32: Any = autograd.dtype(autograd.float32)
float64: Any = autograd.dtype(autograd.float64)
int8: Any = autograd.dtype(autograd.int8)
int16: Any = autograd.dtype(autograd.int16)
int32: Any = autograd.dtype(autograd.int32)
int64: Any = autograd.dtype(autograd.int64)
uint8: Any = autograd.dtype(autograd.uint8)
bool: Any = autograd.dtype(autograd.bool_)
half, float, double, short, int, long = float16, float32, float64, int16, int32, int64
