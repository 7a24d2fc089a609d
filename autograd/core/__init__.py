"""The engine: ops, how they are recorded, and how a graph is walked. No maths lives here."""
