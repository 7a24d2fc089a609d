"""The layout, imported without letting the other tests print as PyTorch does; and a way to walk through it."""

import importlib
import pkgutil
from types import ModuleType

import autograd
from nn.interop import torchlike, torchvisionlike
from nn.interop.layout_lookup import public, theirs

autograd.print_as_torch(False)

OURS = {  # what this project has and PyTorch has not, or not there: it does not hurt a program
    "torch": """bool_ check_op checkpoint CheckpointError compare_with_torch Comparison contiguous debug Debugger
        define detect_anomaly DeviceLike draw expand fold fold_windows Function get_printoptions grad gradcheck
        GradcheckError gradgradcheck in_place log_softmax long map_to_cpu once_differentiable one_hot pad primitive
        print_as_torch record_memory repeat saved_bytes unfold Value Variable view windows""",
    "torch.func": "hvp jacobian value_and_grad",
    "torch.nn": "CheckpointSequential FileError FocalLoss HingeLoss MLP Perceptron Swish load save summary",
    "torch.nn.functional": "focal_loss hinge_loss sigmoid_focal_loss",
    "torch.nn.modules": """Buffer CheckpointSequential FileError FocalLoss HingeLoss MLP Parameter Perceptron Swish
        UninitializedBuffer UninitializedParameter load save summary""",
    "torch.nn.utils": "evaluating l1_penalty l2_penalty",
    "torch.utils.data": "make_grid save_image stratified_split",
    "torch.utils.data.dataloader": "*",  # all of torch.utils.data, whichever of its files PyTorch has them in
    "torch.utils.data.dataset": "*",
    "torch.utils.data.sampler": "*",
    "torchvision.datasets": """CSV DataNote Encoding ImageDataset blobs circles digits gates iris moons names read_image
        spirals""",
    "torchvision.transforms": "Transform apply_to_batch",
}


def modules(*roots):
    """Every module of the layouts, by its name in PyTorch."""
    for root in roots or (torchlike, torchvisionlike):
        yield theirs(root.__name__), root
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            yield theirs(found.name), importlib.import_module(found.name)


def names(module):
    """What of a module is ours, modules aside."""
    return sorted(name for name in public(module) if not isinstance(getattr(module, name), ModuleType))
