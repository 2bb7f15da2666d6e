"""Django's commands of the desk."""
