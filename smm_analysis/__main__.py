"""The command line: `smm-analysis`, which is `python -m smm_analysis`."""

import argparse
import sys
from importlib.metadata import version

from .errors import SmmError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 if all is well, 1 if something differs or failed, 2 if the input must be changed first."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except SmmError as error:
        print(f"smm-analysis: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("smm-analysis: stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="smm-analysis", description="Who is the audience, and how much may we promise it?"
    )
    parser.add_argument("--version", action="version", version=f"smm-analysis {version('smm-analysis')}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_verify(commands)
    return parser


def _add_verify(commands) -> None:
    command = commands.add_parser("verify", help="reproduce the published numbers this package is built on")
    command.set_defaults(run=_verify)


def _verify(options: argparse.Namespace) -> int:
    from .audiences.verify import verify

    table = verify()
    print(table.to_string(index=False))
    return 0 if table["passed"].all() else 1


if __name__ == "__main__":
    sys.exit(main())
