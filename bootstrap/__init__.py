"""The one place where settings become services."""
