"""What we use of pytest and hypothesis that they keep private: all of it here, and nowhere else.

Read from the versions in READ_FROM. `pyproject.toml` allows no later series: students install these
libraries too, and a private name that has moved would end their first `autograder check`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from _pytest.config import _prepareconfig
from _pytest.tmpdir import tmppath_result_key

READ_FROM = {"pytest": "9.2", "hypothesis": "6.170"}
FOR_THE_CALLER = (KeyboardInterrupt, pytest.exit.Exception)  # raised by a test, these end the run


def open_config(arguments: list[str], plugins: list[Any]) -> pytest.Config:
    """Take the first steps of pytest.main, so that a session can stay open."""
    config = _prepareconfig(arguments, plugins)
    config._do_configure()
    return config


def close_config(config: pytest.Config) -> None:
    """Take the last step of pytest.main."""
    config._ensure_unconfigure()


def tear_down_to(session: pytest.Session, item: pytest.Item | None) -> None:
    """Tear down the fixtures that the next item does not share; all of them when there is none."""
    session._setupstate.teardown_exact(item)


def run_item(item: Any, given: Mapping[str, Callable[[], Any]]) -> BaseException | None:
    """Set a test up, run it, tear it down, and return what it raised first; pytest would form reports.

    What fixtures of these names would give, `given` gives sooner, unless the test's file has its own.
    """
    raised = None

    def run() -> None:
        fixtures = item._fixtureinfo
        item.funcargs["request"] = item._request  # which pytest makes a fixture of for each test
        mine = [name for name in fixtures.argnames if name in given]
        item.funcargs |= {n: given[n]() for n in mine if len(fixtures.name2fixturedefs[n]) == 1}
        item.session._setupstate.setup(item)
        item.obj(**{name: item.funcargs[name] for name in fixtures.argnames})

    if not item._request:  # of the run before
        item._initrequest()
    item.stash.setdefault(tmppath_result_key, {})  # what `tmp_path` looks up, and a report would bring
    try:
        for step in (run, lambda: item.session._setupstate.teardown_exact(item.parent)):
            try:
                step()
            except FOR_THE_CALLER:
                raise
            except BaseException as error:
                raised = error if raised is None else raised
    finally:
        item._request = item.funcargs = None
    return raised


def fixture_names(item: Any) -> tuple[str, ...]:
    """Return the names of the arguments that fixtures give to a test."""
    names: tuple[str, ...] = item._fixtureinfo.argnames
    return names


def settings_of(function: Any) -> Any:
    """Return a drawn test's own hypothesis settings, None when it has none."""
    return getattr(function, "_hypothesis_internal_use_settings", None)


def set_settings(function: Any, settings: Any) -> None:
    """Give a drawn test other hypothesis settings than it was decorated with."""
    function._hypothesis_internal_use_settings = settings


def draw_no_constants_of_sources() -> None:
    """Keep hypothesis from drawing numbers that it finds in the source of whatever is imported so far."""
    from hypothesis.internal.conjecture import providers
    from hypothesis.internal.constants_ast import Constants

    providers._get_local_constants = Constants
