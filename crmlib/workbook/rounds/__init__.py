"""Rounds: who is in a class, which sheet each student gets, what came back, and by which rules it counts."""
