"""The machinery: parameters, runs, grids and pages of notebooks. It imports no method."""
