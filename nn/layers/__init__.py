"""The layers and losses as modules: one file per family."""
