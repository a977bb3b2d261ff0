"""Making models: the synthetic population, tables of a bank's own, fitting, calibrating and publishing."""
