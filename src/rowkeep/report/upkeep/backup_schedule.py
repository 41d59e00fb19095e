"""Files that take a proven backup every day: a systemd timer, a crontab line, a Kubernetes CronJob."""

from __future__ import annotations

import re
import shlex

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused

COMMANDS = ("rowkeep backup --prove", "rowkeep backup prune --yes")
"""What is run; the second only if the first succeeds."""

SYSTEMD = """\
# /etc/systemd/system/rowkeep-backup.service
[Unit]
Description=Proven backup of the database
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
WorkingDirectory={directory_unit}
# DATABASE_URL=… stands in this file, which only its owner may read (chmod 600).
EnvironmentFile={environment_unit}
ExecStart={executable_unit} backup --prove
ExecStart={executable_unit} backup prune --yes
UMask=0077
NoNewPrivileges=yes

# /etc/systemd/system/rowkeep-backup.timer
[Unit]
Description=Proven backup of the database, daily

[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00
Persistent=true

[Install]
WantedBy=timers.target

# Then: systemctl daemon-reload && systemctl enable --now rowkeep-backup.timer
"""

CRON = """\
# crontab -e (as the user that owns the project). DATABASE_URL comes from the project's .env or configuration.
{minute} {hour} * * * cd {directory} && {executable} backup --prove --quiet && {executable} backup prune --yes --quiet
"""

KUBERNETES = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: rowkeep-backup
spec:
  schedule: "{minute} {hour} * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: rowkeep
              image: rowkeep   # your image with rowkeep and the project in it
              command: ["sh", "-c", "rowkeep backup --prove && rowkeep backup prune --yes"]
              env:
                - name: DATABASE_URL
                  valueFrom:
                    secretKeyRef: {{name: rowkeep, key: database-url}}
                - name: ROWKEEP_BACKUPS_DIR
                  value: /backups
              volumeMounts:
                - {{name: backups, mountPath: /backups}}
          volumes:
            - name: backups
              persistentVolumeClaim: {{claimName: rowkeep-backups}}
"""

FORMS = {"systemd": SYSTEMD, "cron": CRON, "kubernetes": KUBERNETES}


def format_schedule(form: str, hour: int, minute: int, directory: str, executable: str) -> str:
    """The files for a daily backup. form: one of FORMS. directory: of the project; executable: rowkeep's path.

    Raises Misused for a path that would end a line: what follows would be read as a setting or a command.
    """
    if form != "kubernetes":
        for path in (directory, executable):
            _require_one_line(path)
    return FORMS[form].format(
        hour=hour,
        minute=minute,
        directory=_escape_cron(shlex.quote(directory)),
        executable=_escape_cron(shlex.quote(executable)),
        directory_unit=_escape_unit(directory),
        environment_unit=_escape_unit(f"{directory}/rowkeep-backup.env"),
        executable_unit=_quote_unit(executable),
    )


def _require_one_line(path: str) -> None:
    if any(not character.isprintable() for character in path) or path.endswith("\\"):
        raise Misused(
            "no schedule can name this path",
            code=ErrorCode.INVALID_USAGE,
            where=path,
            why="it contains a line break or another control character, or ends with a backslash",
            instead=("rename the directory", "rowkeep backup schedule --format kubernetes"),
        )


def _escape_cron(text: str) -> str:
    """A percent sign ends the command of a crontab line unless it is escaped."""
    return text.replace("%", "\\%")


def _escape_unit(text: str) -> str:
    """A path in a setting of a unit: % begins a specifier."""
    return text.replace("%", "%%")


def _quote_unit(text: str) -> str:
    """A word of a command line of a unit: quoted, with % and $ escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return text if re.fullmatch(r"[\w/.+@:-]+", text) else f'"{escaped}"'
