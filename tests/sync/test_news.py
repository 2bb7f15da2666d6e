"""Whether anyone wrote to the database: told once for each time somebody did, without standing in a tap's way."""

import json

import pytest
from sqlalchemy import Engine
from sqlcipher3 import dbapi2

from sync import outbox
from sync.news import News


def write(engine: Engine) -> None:
    with engine.begin() as connection:
        seq = outbox.head(connection).seq + 1
        outbox.append(connection, seq, seq.to_bytes(32), json.dumps({"seq": seq}))


def test_the_first_look_is_news(engine: Engine) -> None:
    assert News(engine).came()


def test_while_nobody_writes_there_is_no_news(engine: Engine) -> None:
    news = News(engine)
    assert [news.came() for _ in range(4)] == [True, False, False, False]


def test_each_commit_is_news_once(engine: Engine) -> None:
    news = News(engine)
    news.came()
    write(engine)
    assert [news.came(), news.came()] == [True, False]


def test_a_look_goes_on_while_another_is_writing(engine: Engine) -> None:
    news = News(engine)
    news.came()
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        assert not news.came()


def test_after_a_failure_the_next_look_is_news_over_another_connection(engine: Engine) -> None:
    news = News(engine)
    news.came()
    assert news._held is not None
    driver = news._held.driver_connection
    assert driver is not None
    driver.close()
    with pytest.raises(dbapi2.ProgrammingError):
        news.came()
    assert news.came()
