"""The rules of the house as staff keep them: opening hours by facility and date, numbered for terminals to follow."""
