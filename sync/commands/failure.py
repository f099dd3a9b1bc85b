"""How a failed command ends: a clear message in the right place, and an exit code."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

import typer

from sync.app.exit_codes import exit_code, message
from sync.errors import BAD_INPUT, INTERRUPTED, OUR_FAULT


def report_failure(error: BaseException, *, as_json: bool, debug: bool) -> int:
    """Print what went wrong and return the exit code; a traceback appears only with *debug*."""
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has left; give the interpreter nothing to fail on when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else OUR_FAULT
    code, text = _verdict(error)
    if debug:
        traceback.print_exception(error)
    if as_json:
        sys.stdout.write(json.dumps({"error": _document(error, text, code)}, indent=2) + "\n")
    if text and (debug or not as_json):
        sys.stderr.write(f"dealwarden: {text}\n")
    return code


def _verdict(error: BaseException) -> tuple[int, str]:
    if isinstance(error, typer.Exit):
        return error.exit_code, ""
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return INTERRUPTED, "stopped"
    if isinstance(error, typer.TyperException):
        text = error.format_message() if hasattr(error, "format_message") else str(error)
        return BAD_INPUT, f"{text} (see dealwarden --help)"
    return exit_code(error), message(error)


def _document(error: BaseException, text: str, code: int) -> dict[str, Any]:
    problems = [str(problem) for problem in getattr(error, "problems", ())]
    return {"kind": type(error).__name__, "message": text, "exit_code": code, "problems": problems}
