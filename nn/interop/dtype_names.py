"""The dtypes under PyTorch's names: those of `autograd`, in the form that prints as PyTorch's if there is one."""

from __future__ import annotations

from typing import Any

import autograd

_form: Any = getattr(autograd, "dtype", None) or (lambda dtype: dtype)

float16: Any = _form(autograd.float16)
float32: Any = _form(autograd.float32)
float64: Any = _form(autograd.float64)
int8: Any = _form(autograd.int8)
int16: Any = _form(autograd.int16)
int32: Any = _form(autograd.int32)
int64: Any = _form(autograd.int64)
uint8: Any = _form(autograd.uint8)
bool: Any = _form(autograd.bool_)
half, float, double, short, int, long = float16, float32, float64, int16, int32, int64
