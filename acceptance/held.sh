# Waits until the given file is gone; fails when it says "failed". make test has the stacks start while the unit tests run.
while [ -e "$1" ]; do
  if [ "$(cat "$1")" = failed ]; then
    echo "not run, because what goes before failed"
    exit 1
  fi
  sleep 0.5
done
