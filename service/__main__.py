"""`python -m service` is `gpcomments`."""

from service.cli import main

main()
