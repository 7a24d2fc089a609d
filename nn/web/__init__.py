"""The local page of `chalkgrad serve`: draw a digit, or fill in a row, and see what the network makes of it."""
