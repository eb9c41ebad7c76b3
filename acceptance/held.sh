# Waits until the given file is gone; fails when it says "failed", and after half an hour. make test has the stacks start
# while the unit tests run.
for _ in $(seq 3600); do
  [ -e "$1" ] || exit 0
  if [ "$(cat "$1")" = failed ]; then
    echo "not run, because what goes before failed"
    exit 1
  fi
  sleep 0.5
done
echo "not run, because $1 is still there"
exit 1
