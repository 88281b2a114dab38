"""Shared Qt parts; knows nothing of Marketing Cloud."""
