"""Who scores whom: the ports, the routes, and the scoring service."""
