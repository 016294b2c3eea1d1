"""`python -m web.cli`: the same as `segue`."""

from web.cli import main

main()
