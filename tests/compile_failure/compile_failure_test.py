"""Builds each file of this folder twice: right, which must build, and wrong, which must not.

  compile_failure_test.py COMPILER SOURCE_FOLDER

A file's second line names what the compiler says of the wrong one, so that it fails for the reason that is meant.
"""

import pathlib
import re
import subprocess
import sys


def compile(compiler, include, file, wrong):
    command = [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Werror", "-I", include, str(file)]
    return subprocess.run(command + (["-DWRONG"] if wrong else []), capture_output=True, text=True)


def main(compiler, include):
    broken = 0
    files = sorted(pathlib.Path(__file__).parent.glob("*.cc"))
    for file in files:
        meant = file.read_text(encoding="utf-8").splitlines()[1].removeprefix("// wrong: ")
        right = compile(compiler, include, file, wrong=False)
        wrong = compile(compiler, include, file, wrong=True)
        problem = ""
        if right.returncode != 0:
            problem = "the right one does not build:\n" + right.stderr
        elif wrong.returncode == 0:
            problem = "the wrong one builds"
        elif not re.search(meant, wrong.stderr):
            problem = "the wrong one fails for another reason:\n" + wrong.stderr
        print(f"{'FAIL' if problem else 'ok  '} {file.name}{': ' + problem if problem else ''}")
        broken += bool(problem)
    return 1 if broken or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
