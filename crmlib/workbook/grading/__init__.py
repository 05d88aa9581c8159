"""Grading: submissions read apart, run in the sandbox, marked on the trusted side, written whole."""
