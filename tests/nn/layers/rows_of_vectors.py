"""Layers of vectors, and of what has any shape."""

from collections import OrderedDict

from tests.nn.layers.row import IMAGES, Row

ROWS = [
    Row("Linear", lambda m: m.Linear(5, 3), ((4, 5),)),
    Row("Linear without bias", lambda m: m.Linear(5, 3, bias=False), ((2, 4, 5),)),
    Row("Identity", lambda m: m.Identity(54, unused=True), ((4, 5),)),
    Row("Flatten", lambda m: m.Flatten(), (IMAGES,)),
    Row("Flatten some", lambda m: m.Flatten(0, 2), (IMAGES,)),
    Row("Unflatten", lambda m: m.Unflatten(1, (2, -1)), ((3, 6),)),
    Row("Embedding", lambda m: m.Embedding(7, 3), ((4, 5),), 7),
    Row("Embedding with padding", lambda m: m.Embedding(7, 3, padding_idx=-2), ((9,),), 7),
    Row("Dropout of none", lambda m: m.Dropout(0.0), ((4, 5),)),
    Row("BatchNorm1d", lambda m: m.BatchNorm1d(3), ((6, 3),)),
    Row("BatchNorm1d of sequences", lambda m: m.BatchNorm1d(3, momentum=None), ((6, 3, 4),)),
    Row("BatchNorm1d without bias", lambda m: m.BatchNorm1d(3, bias=False), ((6, 3),)),
    Row("LayerNorm", lambda m: m.LayerNorm(6), (IMAGES,)),
    Row("LayerNorm of two", lambda m: m.LayerNorm((7, 6), eps=0.1, bias=False), (IMAGES,)),
    Row("LayerNorm not affine", lambda m: m.LayerNorm(6, elementwise_affine=False), (IMAGES,)),
    Row("Sequential of names", lambda m: m.Sequential(OrderedDict(a=m.Linear(5, 4), b=m.Tanh())), ((3, 5),)),
    Row("Bilinear", lambda m: m.Bilinear(5, 3, 4), ((2, 6, 5), (2, 6, 3))),
    Row("Bilinear without bias", lambda m: m.Bilinear(5, 3, 1, bias=False), ((6, 5), (6, 3))),
    Row("Embedding of short vectors", lambda m: m.Embedding(7, 3, max_norm=1.2), ((4, 5),), 7),
    Row("Embedding by frequency", lambda m: m.Embedding(7, 3, 2, 1.0, 1.0, True), ((4, 5),), 7),
    Row("EmbeddingBag", lambda m: m.EmbeddingBag(7, 3), ((4, 5),), 7),
    Row("EmbeddingBag sum", lambda m: m.EmbeddingBag(7, 3, mode="sum"), ((4, 5),), 7),
    Row("EmbeddingBag max", lambda m: m.EmbeddingBag(7, 3, mode="max", padding_idx=-1), ((4, 5),), 7),
    Row("EmbeddingBag of lengths", lambda m: m.EmbeddingBag(7, 3, max_norm=1.0, padding_idx=2), ((9,),), 7,
        call=lambda net, m, x: net(x, m.tensor([0, 3, 3, 7]))),
    Row("EmbeddingBag max of lengths", lambda m: m.EmbeddingBag(7, 3, mode="max", include_last_offset=True), ((9,),), 7,
        call=lambda net, m, x: net(x, m.tensor([0, 3, 3, 9]))),
    Row("EmbeddingBag weighted", lambda m: m.EmbeddingBag(7, 3, mode="sum"), ((4, 5),), 7,
        call=lambda net, m, x: net(x, None, m.arange(20, dtype=net.weight.dtype).reshape(4, 5))),
    Row("CosineSimilarity", lambda m: m.CosineSimilarity(dim=-1), ((4, 5), (4, 5))),
    Row("PairwiseDistance", lambda m: m.PairwiseDistance(), ((4, 5), (4, 5))),
    Row("PairwiseDistance options", lambda m: m.PairwiseDistance(3, 1e-3, True), ((4, 5), (4, 5))),
    Row("RMSNorm", lambda m: m.RMSNorm(6), (IMAGES,)),
    Row("RMSNorm of two", lambda m: m.RMSNorm((7, 6), eps=0.1), (IMAGES,)),
    Row("RMSNorm not affine", lambda m: m.RMSNorm([6], elementwise_affine=False), (IMAGES,)),
    Row("AlphaDropout of none", lambda m: m.AlphaDropout(0.0), ((4, 5),)),
]  # fmt: skip
