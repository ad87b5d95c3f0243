"""Workers, broker and database die while jobs run: nothing is lost, nothing is done twice.

On servers of their own. The long version is `python -m benchmarks.jobs --kills`.
"""

import pytest

from benchmarks.jobs_rig import punish, rig

TENANTS = 6
EACH = 50
STEPS = 3  # of the kind that has several


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_no_job_is_lost_or_done_twice_under_kills() -> None:
    with rig() as target:
        result = punish(target, tenants=TENANTS, each=EACH, blows=7, pause=1.5, seconds=60)
    assert result.states == {"done": TENANTS * (EACH + EACH + EACH // 5)}
    assert (result.lost, result.doubles) == (0, 0)
    assert result.effects == TENANTS * (EACH + EACH + EACH // 5 * STEPS)
    assert set(result.blows) == {
        *("kill child", "kill parent", "kill all", "kill tick"),
        *("FLUSHALL", "pause", "crash DB"),
    }
