"""The machinery around notebooks: runs and exercises. It imports no method.

A run: ``cases`` and ``parameters`` -> ``runner`` (papermill by ``engine``, ``kernel``, ``limits``) ->
``outcome``, ``results``, ``page``. ``grid`` makes many of them, ``build`` the executed copies.

An exercise: ``author`` (``notation``, ``answers``) -> ``key`` (``executor``, ``wellposed``) -> ``sheet``
(``payload``, ``digests``) -> ``student``, who calls check: ``plain`` -> ``diagnosis`` (``compare``) ->
``tutor`` -> ``cards``. ``trials`` tries exercises out at many seeds, ``preflight`` (``learner``,
``rehearsal``) a learner's notebook.
"""
