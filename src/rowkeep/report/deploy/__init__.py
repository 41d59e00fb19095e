"""The stages of a deploy as text and JSON: what was predicted, and the way back."""
