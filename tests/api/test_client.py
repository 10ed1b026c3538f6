"""The Python client against a service that runs: what it returns is what the service has, fetched another way."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import httpx
import pandas as pd
import pytest

from api.client import AGAIN_AFTER_SECONDS, Client, ServiceError
from api.http.app import create_app
from api.http.models import DecisionOut, SurgeOut
from api.keys import create_key
from api.publishing import publish_plan
from api.reports.published import store_history
from api.serving import running
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from forecaster.history.observed import History
from tests.api.test_published_http import roster_of

START = datetime(2026, 11, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A running service's address and application, with a surge of eleven minutes, a history and a published month."""
    folder = tmp_path_factory.mktemp("client")
    app = create_app(Settings(shipped_ladder(), database_url=f"sqlite:///{folder}/huawu.db", tick_seconds=3600.0))
    engine = app.state.log.engine
    roster = roster_of("2026-11")
    publish_plan(engine, queue="hotline", month=pd.Period("2026-11"), frames={"roster": roster}, published_by="8801")
    at = pd.date_range("2026-11-01", periods=2_500, freq="h", tz="Asia/Shanghai", name="interval_start")
    frame = pd.DataFrame({"calls_offered": range(2_500)}, index=at, dtype=float)
    frame.iloc[7] = float("nan")
    store_history(engine, History("hotline", "Asia/Shanghai", 60, frame), made_by="8801", source=b"calls")
    with running(app) as address:
        yield address, app, frame


@pytest.fixture(scope="module")
def client(service):
    url, app, _ = service
    secret, _ = create_key(app.state.log.engine, label="all", role="admin", at=now(), badge="8801")
    with Client(url, secret) as made:
        for minute in range(11):
            made.send_reading("hotline", at=START + timedelta(minutes=minute), waiting=11, id=f"r{minute}")
        yield made


def test_a_reading_sent_again_counts_once_and_the_state_is_typed(client):
    before = client.surge("hotline")
    again = client.send_reading("hotline", at=START + timedelta(minutes=10), waiting=11, id="r10")
    assert client.surge("hotline").version == before.version >= again.version
    assert (before.waiting, before.band) == (11, "high")
    assert before.orders


def test_orders_come_page_by_page_as_the_state_has_them(client):
    listed = [one["order_id"] for one in client.orders("hotline", status="all")]
    assert set(listed) == {one.order_id for one in client.surge("hotline").orders}
    assert len(listed) == len(set(listed))


def test_an_act_is_done_with_the_keys_badge(client):
    order = client.surge("hotline").orders[0]
    seen = client.act("hotline", order.order_id, "acknowledge")
    assert seen.status == "acknowledged"
    [logged] = [one for one in client.log("hotline") if one["kind"] == "acknowledge"]
    assert "8801" in str(logged)


def test_news_are_taken_up_where_they_were_left(client):
    version = client.surge("hotline").version
    first = min(one.version for one in itertools.islice(client.watch("hotline"), 1))
    assert first == version  # by itself it begins with what is
    missed = list(itertools.takewhile(lambda one: not isinstance(one, SurgeOut), client.watch("hotline", since=0)))
    assert all(isinstance(one, DecisionOut) for one in missed)
    ordered = {one.order_id for one in missed if one.kind == "order"}
    assert ordered == {one.order_id for one in client.surge("hotline").orders}


def test_news_go_on_after_a_proxy_without_its_service_and_after_a_stream_that_ended(client, monkeypatch):
    waits, asked = [], []
    monkeypatch.setattr("api.client.time.sleep", waits.append)
    state = client.surge("hotline").model_dump_json()
    stream = f"event: surge\nid: 7\ndata: {state}\n\n"
    answers = iter([httpx.Response(503), httpx.Response(200, text=stream), httpx.Response(502), httpx.Response(401)])

    def answer(request):
        asked.append(request.headers.get("Last-Event-ID"))
        return next(answers)

    with Client("http://huawu", "k", transport=httpx.MockTransport(answer)) as made:
        news = made.watch("hotline")
        assert next(news).waiting == 11
        assert waits == [AGAIN_AFTER_SECONDS]
        with pytest.raises(ServiceError) as refused:
            next(news)
    assert refused.value.status == 401
    assert asked == [None, None, "7", "7"]
    assert waits == [AGAIN_AFTER_SECONDS] * 3  # after a stream that ended, too


def test_the_history_comes_back_as_it_was_kept_whole_and_in_part(client, service):
    kept = service[2]
    pd.testing.assert_frame_equal(client.history("hotline"), kept, check_freq=False)
    begin, end = kept.index[100].to_pydatetime(), kept.index[200].to_pydatetime()
    pd.testing.assert_frame_equal(client.history("hotline", begin=begin, end=end), kept.iloc[100:200], check_freq=False)


def test_pages_of_the_history_add_up_to_it(client, service):
    kept = service[2]
    rows, params = [], {"limit": "700"}
    while True:
        answer = client._http.get("/v1/queues/hotline/history", params=params)
        page = answer.json()
        rows += page["rows"]
        if page["next_begin"] is None:
            break
        params["begin"] = page["next_begin"]
    assert [one["calls_offered"] for one in rows] == [None if pd.isna(x) else x for x in kept["calls_offered"]]
    assert [pd.Timestamp(one["interval_start"]) for one in rows] == list(kept.index)
    assert page["interval_minutes"] == 60


def test_roster_and_register_come_as_frames(client):
    roster = client.roster("hotline", "2026-11")
    assert set(roster["badge"]) == {"A1", "O1"}
    register = client.register("hotline", "2026-11")
    assert set(register.loc[register["kind"] == "shift", "badge"]) == {"A1", "O1"}


def test_what_the_service_refuses_is_an_error_in_its_words(client, service):
    with pytest.raises(ServiceError, match="hotlin") as refused:
        client.surge("hotlin")
    assert (refused.value.status, refused.value.code) == (404, "queue.unknown")
    assert "hotlin" in refused.value.zh
    with pytest.raises(ServiceError) as refused, Client(service[0], "hw_nobody") as stranger:
        stranger.surge("hotline")
    assert refused.value.status == 401
    with pytest.raises(ServiceError) as refused:
        next(client.watch("hotlin"))
    assert refused.value.status == 404


def test_an_answer_of_somebody_else_is_told_as_it_is():
    transport = httpx.MockTransport(lambda request: httpx.Response(502, text="<h1>Bad Gateway</h1>"))
    with Client("http://huawu", "k", transport=transport) as made, pytest.raises(ServiceError, match="Bad Gateway"):
        made.surge("hotline")
