"""The central server: terminals enrol here, deliver what happened at their doors, and fetch who may come in.

Not in here: the rules themselves (`visits`), and anything that runs on a terminal.
"""
