"""The terminal: one tap from 次へ to the birdsong, the queue it is written to, and the commands around it."""
