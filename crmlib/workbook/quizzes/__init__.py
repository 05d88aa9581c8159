"""The concept bank and what is made of it: questions drawn by a seed, quizzes, a record of what was missed.

`bank` reads and checks the chapters, `arithmetic` computes the numeric ones, `lint` holds the whole to
the house's rules, `draw` poses some questions to one reader, `judge` says what is right and why.
"""
