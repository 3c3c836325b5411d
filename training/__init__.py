"""Labelled comments in, a checkpoint out. Imports only model."""
