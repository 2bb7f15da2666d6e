"""What a member sees: the only package that imports Kivy."""
