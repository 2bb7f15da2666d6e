"""The rules of the house for terminal and server: hours, who may come in, what is recorded, what a visit is, fees.

Pure functions over values, standard library only. Not in here: storage, networks, cards, screens, texts for people.
"""
