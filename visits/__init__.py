"""The rules of the house, shared by terminal and server: who may come in, what is recorded, what a visit is.

Pure functions over values, standard library only. Not in here: storage, networks, cards, screens, texts for people.
"""
