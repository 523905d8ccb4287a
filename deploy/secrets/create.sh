#!/bin/sh
# Makes every secret file that is missing, and leaves those that are there as they are.
#   sh deploy/secrets/create.sh [FOLDER]      (FOLDER: this one, unless given)
# The folder is closed to other users of this machine. The files in it can be read by all, because a container
# sees only the file mounted into it and reads it as a user of its own.
set -eu

folder=${1:-$(dirname "$0")}
mkdir -p "$folder"
chmod 700 "$folder"

# put NAME VALUE
put() {
    if [ -e "$folder/$1" ]; then
        echo "kept    $folder/$1"
    else
        printf '%s\n' "$2" >"$folder/$1"
        echo "created $folder/$1"
    fi
    chmod 444 "$folder/$1"
}

# 256 random bits in hexadecimal
random() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

put groundswell_http_token "$(random)"
put groundswell_author_key "$(random)"
put groundswell_adapter_token "$(random)"
put grafana_admin_password "$(random)"
# Nothing listens there: write your own receivers' addresses into these two files.
put alertmanager_webhook_url "http://127.0.0.1:9/replace-me"
put alertmanager_watchdog_url "http://127.0.0.1:9/replace-me"
# The same for those that alertmanager/README.md switches on.
put alertmanager_slack_url "http://127.0.0.1:9/replace-me"
put alertmanager_telegram_token "replace-me"
put alertmanager_smtp_password "replace-me"
# The robots of the adapter: one whose address is empty is off.
for name in wecom_url feishu_url feishu_secret dingtalk_url dingtalk_secret; do
    put "groundswell_$name" ""
done
