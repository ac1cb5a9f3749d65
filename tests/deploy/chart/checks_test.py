"""Every check finds nothing in any combination, and each finds the faults that it is there for."""

import copy
import functools

import pytest

from chart.cases import CASES
from chart.checks import CHECKS
from chart.faults import FAULTS
from chart.release import Release, release
from helm import programs


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("check", CHECKS)
def nothing_is_found_in_what_the_chart_renders(check, case):
    assert CHECKS[check](_rendered(case)) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.check}: {fault.name}")
def a_planted_fault_is_found(fault):
    broken = copy.deepcopy(_rendered(fault.case))

    fault.plant(broken)

    found = CHECKS[fault.check](broken)
    assert any(fault.complaint in each for each in found), found


def every_check_has_a_fault_that_it_finds():
    assert {fault.check for fault in FAULTS} == set(CHECKS)


@functools.cache
def _rendered(case: str) -> Release:
    return release(programs()[-1], CASES[case])
