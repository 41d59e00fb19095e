"""Texts about structures and the migrations that are written from their differences."""
