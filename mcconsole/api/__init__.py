"""The Marketing Cloud client: the only place that imports requests."""
