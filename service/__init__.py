"""Ways to ask the tagger: the command line, the archive command and the HTTP service. Imports only model."""
