"""`torch.version`: that of the PyTorch whose behaviour this project has."""

__version__ = "2.13.0+chalkgrad"
cuda = hip = None
debug = False
