"""The rarer methods of PyTorch's tensors that look at memory, answer questions, or call back."""

import gc
import weakref

import numpy as np
import pytest
import torch

import autograd

LIBRARIES = pytest.mark.parametrize("m", [autograd, torch], ids=["ours", "torch"])
ANSWERS = [
    "is_cpu", "is_cuda", "is_sparse", "is_sparse_csr", "is_quantized", "is_meta", "is_mps", "is_xpu", "is_xla",
    "is_ipu", "is_mtia", "is_maia", "is_vulkan", "is_nested", "is_mkldnn", "name",
]  # fmt: skip
QUESTIONS = [
    "is_complex", "is_conj", "is_neg", "is_inference", "is_signed", "is_floating_point", "storage_offset", "stride",
]  # fmt: skip
TENSORS = {
    "matrix": lambda m: m.arange(6.0).reshape(2, 3), "transposed": lambda m: m.arange(6.0).reshape(2, 3).T,
    "a part": lambda m: m.arange(12).reshape(3, 4)[1:, ::2], "number": lambda m: m.tensor(True),
    "bytes": lambda m: m.tensor([1, 2]).byte(), "empty": lambda m: m.zeros(2, 0, 3), "repeated": lambda m:
    m.ones(3, 1).expand(3, 4),
}  # fmt: skip


@pytest.fixture(params=TENSORS)
def pair(request):
    return TENSORS[request.param](autograd), TENSORS[request.param](torch)


def test_questions_are_answered_as_by_torch(pair):
    ours, theirs = pair
    assert [getattr(ours, name) for name in ANSWERS] == [getattr(theirs, name) for name in ANSWERS]
    assert [getattr(ours, name)() for name in QUESTIONS] == [getattr(theirs, name)() for name in QUESTIONS]
    assert repr(ours.layout) == repr(theirs.layout) == "torch.strided"
    assert ours.layout is autograd.strided
    assert isinstance(ours.layout, autograd.layout)
    assert [ours.stride(d) for d in range(ours.ndim)] == list(theirs.stride())


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_the_storage_holds_what_that_of_torch_holds(pair):
    ours, theirs = (x.untyped_storage() for x in pair)
    assert (ours.nbytes(), ours.size(), len(ours)) == (theirs.nbytes(), theirs.size(), len(theirs))
    assert ours.tolist() == theirs.tolist()
    expected = pair[1].storage()
    assert pair[0].storage().tolist() == expected.tolist()
    assert pair[0].storage().element_size() == expected.element_size()
    assert pair[0].storage().untyped().tolist() == theirs.tolist()


def test_a_view_has_the_storage_of_what_it_shows():
    x = autograd.arange(6.0)
    assert x[2:].storage().data_ptr() == x.data_ptr() == x[2:].data_ptr() - 8
    assert x[2:].storage()[5] == 5.0
    assert list(x[:1].storage()) == [0, 1, 2, 3, 4, 5]


def test_real_numbers_are_their_own_conjugates():
    x = autograd.arange(6.0).reshape(2, 3)
    for same in (x.real, x.conj(), x.resolve_conj(), x.resolve_neg(), autograd.real(x), x.share_memory_()):
        assert same is x
    assert (x.H.shape, x.mH.shape, x.adjoint().shape, x[0, 0].H.ndim) == ((3, 2), (3, 2), (3, 2), 0)
    with pytest.raises(RuntimeError, match="only supported on matrices"):
        x[0].adjoint()
    with pytest.raises(RuntimeError, match="consider using"):
        x[None].H  # noqa: B018
    assert x.is_same_size(x + 1)
    assert not autograd.is_same_size(x, x.T)


@pytest.mark.parametrize("kind", [autograd.layout, autograd.memory_format])
def test_there_are_no_layouts_but_those_that_have_names(kind):
    with pytest.raises(TypeError, match="cannot create"):
        kind()


def test_memory_formats_are_taken_and_print_as_in_torch():
    x = autograd.ones(1, 2, 3, 4)
    for name in ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d"):
        assert repr(getattr(autograd, name)) == repr(getattr(torch, name))
        assert x.to(memory_format=getattr(autograd, name)).equal(x)


# -- strides ----------------------------------------------------------------------------------------------------------


def written(m):
    x = m.arange(6.0)
    w = m.ones(2, requires_grad=True)
    view = x.as_strided((2,), (3,), 1)
    view *= w * 2
    (x**2).sum().backward()
    return x, view, w.grad


def written_in_a_graph(m):
    leaf = m.arange(6.0).requires_grad_()
    x = leaf * 1
    x.as_strided((2, 2), (2, 1)).mul_(3)
    (x**2).sum().backward()
    return x, leaf.grad


def of_a_transposed_one(m):
    leaf = m.arange(6.0).reshape(2, 3).requires_grad_()
    (leaf.T.as_strided((2, 2), (1, 3)) ** 2).sum().backward()
    return leaf.grad, leaf.T.as_strided((2, 2), (1, 3))


def shared(m):
    x = m.arange(6.0)
    x.as_strided((2,), (4,)).zero_()
    return (x,)


@pytest.mark.parametrize("program", [written, written_in_a_graph, of_a_transposed_one, shared])
def test_a_view_by_strides_is_a_view(program):
    for ours, theirs in zip(program(autograd), program(torch), strict=True):
        np.testing.assert_array_equal(ours.detach().numpy(), theirs.detach().numpy())


def test_a_view_by_strides_that_cannot_be_written_or_recorded_says_so():
    x = autograd.arange(6.0)
    with pytest.raises(RuntimeError, match="clone"):
        x.as_strided((3, 2), (1, 1)).zero_()
    y = x[:2].requires_grad_()
    with pytest.raises(RuntimeError, match="no part of the tensor"):
        y.as_strided((3,), (1,))
    with pytest.raises(RuntimeError, match="leaf Variable"):
        y.as_strided((1,), (1,)).zero_()
    assert y.detach().as_strided((3,), (1,)).tolist() == [0, 1, 2]


@pytest.mark.parametrize("pieces", [lambda x: x.unsafe_split(2), lambda x: x.unsafe_chunk(2)])
def test_a_write_to_a_piece_of_an_unsafe_split_is_recorded(pieces):
    x = autograd.ones(4, requires_grad=True)
    whole = x * 1
    pieces(whole)[1].mul_(3)
    (whole**2).sum().backward()
    assert x.grad.tolist() == [2, 2, 18, 18]


def test_empty_tensors_have_the_strides_asked_for():
    for m in (autograd, torch):
        x = m.empty_strided((2, 3), (1, 2), dtype=m.float64)
        assert (x.stride(), tuple(x.shape), x.storage().size()) == ((1, 2), (2, 3), 6)
        assert x.new_empty_strided((2,), (5,)).stride() == (5,)
        assert x.new_empty_strided((0, 2), (5, 1)).numel() == 0
    assert autograd.empty_strided((2,), (1,), requires_grad=True).is_leaf


def test_a_resized_tensor_keeps_its_memory_where_it_suffices():
    x = autograd.arange(6.0)
    y, place = x.view(2, 3), x.data_ptr()
    assert x.resize_(2).data_ptr() == place
    assert x.resize_(6).tolist() == [0, 1, 2, 3, 4, 5]
    x[0] = 7
    assert y[0, 0] == 7
    assert x.resize_(2, 4).data_ptr() != place
    assert x.reshape(-1)[:6].tolist() == [7, 1, 2, 3, 4, 5]
    x[0, 0] = 8
    assert y[0, 0] == 7


# -- hooks ------------------------------------------------------------------------------------------------------------


def in_backward(m):
    """A step of SGD for each weight as soon as its gradient is there, which is then cleared."""
    w, b, told = m.tensor([1.0, 2.0], requires_grad=True), m.tensor(0.5, requires_grad=True), []

    def step(p):
        told.append((p.grad.tolist(), m.is_grad_enabled()))
        with m.no_grad():
            p -= 0.1 * p.grad
        p.grad = None

    handles = [p.register_post_accumulate_grad_hook(step) for p in (w, b)]
    for _ in range(2):
        ((w * 3).sum() + b * b).backward()
    m.autograd.grad((w * 2).sum(), w) if m is torch else m.grad((w * 2).sum(), w)
    handles[0].remove()
    (w * b).sum().backward()
    return sorted(told, key=str), w.tolist(), w.grad.tolist(), b.tolist(), b.grad


def after_another_hook(m):
    w, told = m.tensor([1.0], requires_grad=True), []
    w.register_hook(lambda g: g * 2)
    w.register_post_accumulate_grad_hook(lambda p: told.append(p.grad.tolist()))
    (w * 3).backward()
    (w * w).backward(create_graph=True)
    return told, w.grad.requires_grad


@pytest.mark.parametrize("program", [in_backward, after_another_hook])
@pytest.mark.filterwarnings("ignore:Using backward")
def test_a_hook_is_called_when_the_gradient_has_been_added(program):
    for ours, theirs in zip(program(autograd), program(torch), strict=True):
        assert ours == pytest.approx(theirs) if isinstance(theirs, float) else ours == theirs


@LIBRARIES
def test_only_leaves_take_such_a_hook(m):
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        m.ones(2).register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match="non-leaf"):
        (m.ones(2, requires_grad=True) * 2).register_post_accumulate_grad_hook(print)


def test_such_a_hook_keeps_no_tensor_alive():
    w = autograd.ones(2, requires_grad=True)
    w.register_post_accumulate_grad_hook(lambda p: p.grad)
    gone = weakref.ref(w)
    gc.disable()
    del w
    gc.enable()
    assert gone() is None


def test_a_function_that_fails_half_way_has_changed_nothing():
    x = autograd.tensor([1.0, 0.0])
    with pytest.raises(ZeroDivisionError):
        x.apply_(lambda v: 1 / v)
    assert x.tolist() == [1, 0]


def test_a_singular_matrix_is_reported_beside_those_that_are_not():
    pairs = autograd.tensor([[[1.0, 0.0], [0.0, 2.0]], [[1.0, 2.0], [2.0, 4.0]]], requires_grad=True)
    inverse, info = autograd.linalg.inv_ex(pairs)
    assert info.tolist() == torch.linalg.inv_ex(torch.tensor(pairs.tolist())).info.tolist() == [0, 2]
    assert inverse[0].tolist() == [[1, 0], [0, 0.5]]
    assert inverse[1].isnan().all()
    for call in (autograd.linalg.inv_ex, autograd.linalg.cholesky_ex):
        with pytest.raises(autograd.linalg.LinAlgError):
            call(pairs, check_errors=True)
