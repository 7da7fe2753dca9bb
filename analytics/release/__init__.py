"""Releases: figures for everybody, from which nobody can be picked out; what may be shown is decided here."""
