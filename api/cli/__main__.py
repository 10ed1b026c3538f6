"""`python -m api.cli` is `huawu`."""

from api.cli import main

main()
