"""How good a model is: pure functions over arrays, each with its formula and source."""
