"""Tensor, and its functions by family, under PyTorch's names."""
