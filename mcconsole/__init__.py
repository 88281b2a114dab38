"""A desktop admin console for Salesforce Marketing Cloud Engagement."""

__version__ = "0.1.0"
