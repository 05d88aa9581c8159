"""Grading: submissions read apart, run in the sandbox, marked on the trusted side, written whole or not at all."""
