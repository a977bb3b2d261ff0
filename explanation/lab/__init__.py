"""Explanations of laboratory models, in log-odds of default by raw feature. Heavy libraries are loaded when needed."""
