"""Every layer: one row each, which all the tests of layers go through."""

from tests.nn.layers import rows_of_activations, rows_of_attention, rows_of_images, rows_of_vectors

ROWS = [*rows_of_vectors.ROWS, *rows_of_images.ROWS, *rows_of_activations.ROWS, *rows_of_attention.ROWS]
