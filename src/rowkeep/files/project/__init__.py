"""Project files besides migrations: settings, package.json, deploy script, trust."""
