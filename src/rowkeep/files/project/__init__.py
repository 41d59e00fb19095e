"""The files of a project around its migrations: settings, package.json, deploy script, trust."""
