"""Submissions that cheat, break or stall: what each does, what stops it, and what a grader must find.

An attack stands in the place of the answer to some questions of one small case (`fort`); all other
questions of the same file are answered honestly and keep their points.
"""
