"""A learner at the screen: a browser without a window, and JupyterLab in it."""
