"""How the pictures are drawn, one module per family. Used when pictures change, never on a terminal."""
