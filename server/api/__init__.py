"""The wire: what terminals and the desk's programs ask over HTTP, and every answer they can get."""
