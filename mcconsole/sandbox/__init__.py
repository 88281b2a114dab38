"""A local Marketing Cloud tenant, written from the API reference alone."""
