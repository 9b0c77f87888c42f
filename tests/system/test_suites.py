"""The guest's own suites, on one, two and four harts and in memory large and
small; the audit after each, and e2fsck after every run."""
import pytest

HARTS = (1, 2, 4)


@pytest.mark.parametrize("harts", HARTS)
def test_cowtest(guest, harts):
    assert "ALL COW TESTS PASSED" in guest.check_audited("cowtest",
                                                         harts=harts)


@pytest.mark.parametrize("harts", HARTS)
def test_lazytests(guest, harts):
    assert "ALL TESTS PASSED" in guest.check_audited("lazytests", harts=harts)


@pytest.mark.long
@pytest.mark.parametrize("harts", HARTS)
def test_usertests_quick(guest, harts):
    assert "ALL TESTS PASSED" in guest.check_audited("usertests -q",
                                                     harts=harts, timeout=300)


@pytest.mark.long
def test_usertests_whole(guest):
    assert "ALL TESTS PASSED" in guest.check_audited("usertests", timeout=600)


@pytest.mark.long
def test_fork_storm(guest):
    """20,000 forks on four harts, children exiting in every order."""
    guest.check_audited("forkstorm", harts=4, timeout=400)


@pytest.mark.long
def test_kill_storm(guest):
    """Programs killed at random moments."""
    guest.check_audited("killstorm", harts=4, timeout=400)


@pytest.mark.long
def test_grind(guest):
    guest.check_audited("grind", harts=4, timeout=400)


@pytest.mark.parametrize("suite", ("cowtest", "lazytests"))
@pytest.mark.parametrize("size", (32, 8192))
def test_suites_by_memory(guest, suite, size):
    guest.check_audited(suite, memory=size << 20, timeout=300)


@pytest.mark.long
def test_usertests_quick_in_32M(guest):
    assert "ALL TESTS PASSED" in guest.check_audited(
        "usertests -q", memory=32 << 20, timeout=400)


@pytest.mark.parametrize("harts", range(1, 9))
def test_every_number_of_harts(guest, harts):
    outcome = guest.run("echo up; audit", harts=harts, timeout=60)
    assert outcome.status == 0 and outcome.output.startswith(b"up\n")
    assert b"%d hart" % harts in outcome.log


@pytest.mark.long
def test_forkbench(guest):
    """The numbers are judged by the benchmark itself, in its exit status."""
    print(guest.check("forkbench", icount=True, harts=1, memory=2 << 30,
                      timeout=400))
