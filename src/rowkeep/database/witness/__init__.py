"""Runs migrations on a scratch server and writes down what they lock, rewrite and change."""
