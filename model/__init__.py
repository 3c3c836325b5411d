"""Text in, tags out: the taxonomy, the checkpoint and the one predictor. Imports nothing else of ours."""
