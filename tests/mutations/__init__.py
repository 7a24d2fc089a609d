"""Random damage to every kind of file that is read: it is read all the same, or refused by name, soon and cheaply."""
