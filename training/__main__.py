"""`python -m training` is `gpcomments-train`."""

from training.cli import main

main()
