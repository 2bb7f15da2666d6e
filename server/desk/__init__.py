"""The staff console: Django's admin, arranged for a reception."""
