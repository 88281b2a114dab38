"""Data for one contact: a form made from the schema, and beside it the JSON that will be sent."""

from mcconsole.ui.payload.editor import PayloadEditor as PayloadEditor
