#!/usr/bin/env bash
# Which lines the tests reach: builds the program for it, runs the tests, and writes build/coverage-report.
#
#   scripts/coverage.sh                all C++ tests but those labelled `slow`, and the tests of cloud/
#   scripts/coverage.sh LIBRARY…       the tests of these libraries alone, e.g. base domain file_journal
#
# index.html shows every file line by line, summary.md is for whoever reads a pull request, coverage.xml (Cobertura) for tools.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
scripts/setup.sh coverage
use_node

report=build/coverage-report
rm -rf $report
mkdir -p $report

targets=("${@/#/footfall_}")
build coverage ${targets[@]+"${targets[@]/%/_test}"}
# Counts of an earlier run would be added to.
find build/coverage -name '*.gcda' -delete
if [ $# -gt 0 ]; then
  find build/coverage/src -type f -name '*_test' -perm -u+x | while read -r program; do
    case " ${targets[*]/%/_test} " in *" ${program##*/} "*) "$program" --gtest_brief=1 ;; esac
  done
else
  ctest --preset coverage -LE slow -E '^bench\.' --no-tests=error
fi

say "C++"
gcovr --root . --object-directory build/coverage --filter 'src/' --exclude '.*_(test|bench|fuzz)\.cc$' --exclude 'src/testing/' \
  --exclude-throw-branches --exclude-unreachable-branches --html-details $report/index.html --xml $report/coverage.xml \
  --txt $report/lines.txt --print-summary | tee $report/summary.txt

{
  printf '## Coverage\n\n| C++ | |\n|---|---|\n'
  sed -n 's/^\([a-z]*\): \([0-9.]*%\) (\(.*\))$/| \1 | \2 (\3) |/p' $report/summary.txt
  printf '\n<details><summary>Files</summary>\n\n```\n'
  cat $report/lines.txt
  printf '```\n</details>\n'
} >$report/summary.md

if [ $# -eq 0 ]; then
  say "cloud"
  cloud/node_modules/.bin/tsc --project cloud/tsconfig.json
  mapfile -t tests < <(find cloud/test -name '*.test.mjs' | sort)
  # Reported for what runs in the tests' own processes; the edge functions, which run from their text, have lists of cases instead.
  node --test --experimental-test-coverage --test-reporter=tap "${tests[@]}" >$report/cloud.tap
  {
    printf '\n### cloud\n\n```\n'
    sed -n '/^# start of coverage report/,/^# end of coverage report/{/^# -/d;/coverage report$/d;s/^# //p}' $report/cloud.tap | grep -v node_modules
    printf '```\n'
  } >>$report/summary.md
fi
say "build/coverage-report/index.html"
