"""A recorded step as one program."""
