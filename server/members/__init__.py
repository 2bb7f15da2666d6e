"""Members, their organisations and cards, and the numbered changes terminals follow."""
