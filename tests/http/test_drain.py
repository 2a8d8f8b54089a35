"""A server that is told to stop answers what it has taken on."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.http.processes import serving

CLIENTS = 6
# Long enough to be under way still when the signal comes: a second of one core each.
ASKED = {
    "items": [{"text": f"召开第{number}次教育信息化工作会议,部署网络安全培训。"} for number in range(100)]
}


def test_sigterm_fails_no_request_that_was_taken_on(tmp_path: Path) -> None:
    with serving(tmp_path) as served, ThreadPoolExecutor(CLIENTS) as pool:
        asked = [pool.submit(served.client.post, "/v1/classifications", json=ASKED) for _ in range(CLIENTS)]
        # This request itself is in flight as well.
        while f"yuebao_requests_in_flight {CLIENTS + 1}.0" not in served.client.get("/metrics").text:
            assert not any(one.done() for one in asked)
        served.process.send_signal(signal.SIGTERM)
        answers = [one.result() for one in asked]
        assert [answer.status_code for answer in answers] == [200] * CLIENTS
        assert [len(answer.json()["items"]) for answer in answers] == [len(ASKED["items"])] * CLIENTS
        served.process.wait()
        assert served.process.returncode in (0, -signal.SIGTERM)
