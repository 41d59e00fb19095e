"""Generated means compared: every generated page is what its module makes today."""

from tools.generate import differences, modules


def test_generated_pages_are_up_to_date() -> None:
    wrong = [f"{difference.path} ({difference.word})" for difference in differences()]
    assert not wrong, f"run `make docs` (python -m tools.generate); these differ: {', '.join(wrong)}"


def test_every_module_makes_pages() -> None:
    assert {"commands", "exit_codes"} <= set(modules())
