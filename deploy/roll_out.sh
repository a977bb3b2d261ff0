#!/usr/bin/env bash
# Roll a commit out to the machines of a stage, one after the other: STAGE=staging deploy/roll_out.sh COMMIT
#
# The machines run the systemd unit, are managed by AWS Systems Manager, carry the tags Service=flask-credit-api and
# Stage=$STAGE, and have a clone of the repository in /srv/flask-credit-api that may fetch. The first machine that is
# not ready again ends the roll-out, and this script with it.
set -euo pipefail

commit=${1:?the commit to roll out}
stage=${STAGE:?the value of the machines\' tag Stage}
[[ $commit =~ ^[0-9a-f]{40}$ ]] || { echo "roll_out.sh: $commit is not the full name of a commit" >&2; exit 2; }
[[ $stage =~ ^[a-z0-9-]+$ ]] || { echo "roll_out.sh: STAGE may hold a-z, 0-9 and -" >&2; exit 2; }

on_each_machine=$(cat <<END
{"commands": [
  "set -eu",
  "cd /srv/flask-credit-api",
  "git fetch --quiet origin",
  "git checkout --quiet --detach $commit",
  "./setup.sh",
  "systemctl restart flask-credit-api",
  "python3 deploy/wait_ready.py 127.0.0.1 5000 120"
], "executionTimeout": ["1200"]}
END
)

id=$(aws ssm send-command --document-name AWS-RunShellScript --comment "flask-credit-api $commit" \
    --targets Key=tag:Service,Values=flask-credit-api "Key=tag:Stage,Values=$stage" \
    --max-concurrency 1 --max-errors 0 --parameters "$on_each_machine" --query Command.CommandId --output text)
echo "Command $id"

status=Pending
for _ in $(seq "${ATTEMPTS:-240}"); do
    read -r status targets done_ errors < <(aws ssm list-commands --command-id "$id" \
        --query 'Commands[0].[Status,TargetCount,CompletedCount,ErrorCount]' --output text)
    case $status in
        Pending | InProgress | Cancelling) sleep "${BETWEEN:-10}" ;;
        *) break ;;
    esac
done

echo "$status: $done_ of $targets machines, $errors failed"
[ "$status" = Success ] && [ "$targets" -gt 0 ]
