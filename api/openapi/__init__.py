"""The OpenAPI document of every path: pure data, built from the words, limits and dataclasses that the code uses."""
