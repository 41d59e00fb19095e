"""Every rule of the other tools is covered by one of ours, or declined with a reason; and nothing else is claimed."""

from tools.generate._coverage import covered, tools


def test_every_name_is_covered_or_declined() -> None:
    ours = covered()
    wrong = [
        f"{tool.key}:{name}"
        for tool in tools()
        for name in tool.ids
        if (f"{tool.key}:{name}" in ours) is (name in tool.declined)
    ]
    assert not wrong, f"covered and declined, or neither: {', '.join(wrong)}"


def test_no_rule_speaks_of_a_name_that_nobody_has() -> None:
    known = {f"{tool.key}:{name}" for tool in tools() for name in tool.ids}
    assert set(covered()) <= known, sorted(set(covered()) - known)


def test_what_is_declined_is_on_the_list_and_has_a_reason() -> None:
    for tool in tools():
        assert set(tool.declined) <= set(tool.ids)
        assert all(len(reason) > 10 for reason in tool.declined.values())
        assert len(set(tool.ids)) == len(tool.ids), tool.key
