"""`python -m aftersales_api` is the `aftersales` command."""

from aftersales_api.cli.main import main

if __name__ == "__main__":
    main()
