"""What the service needs to know, read once at the edge and passed in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from api.intake import read_toml
from api.intake.settings_file import SettingsFile, settled
from api.names import QUEUE_NAME
from api.sentences import refusal
from api.site import CONFIG
from escalation.ladder import Ladder, ladder_from_mapping
from forecaster.messages import Language, Words

VARIABLE_PREFIX = "HUAWU_"
WebhookKind = Literal["json", "wecom", "dingtalk", "feishu", "smtp"]
LogFormat = Literal["text", "json"]
LogLevel = Literal["error", "warning", "info"]
WEBHOOK_SCHEMES = {"smtp": ("smtp://", "smtps://")}
KIND_WORDS: Mapping[Any, Words] = {
    str: Words("文字", "text"),
    int: Words("整数", "whole number"),
    float: Words("数", "number"),
    bool: Words("是否", "true or false"),
    tuple[str, ...]: Words("列表", "list"),
}
ON_CALL_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Webhook:
    """Where order notifications go: a JSON receiver, a group robot (WeCom, DingTalk, Feishu) or a mail server."""

    name: Annotated[str, Words("名称。", "What it is called.")]
    url: Annotated[
        str,
        Words(
            "地址；邮件服务器写 `smtp://host:587` 或 `smtps://host`。",
            "Its address; of a mail server `smtp://host:587` or `smtps://host`.",
        ),
    ]
    kind: Annotated[
        WebhookKind,
        Words(
            "`json`、`wecom`（企业微信）、`dingtalk`（钉钉）、`feishu`（飞书）或 `smtp`（邮件）。",
            "`json`, `wecom`, `dingtalk`, `feishu` or `smtp`.",
        ),
    ] = "json"
    secret: Annotated[
        str,
        Words(
            "签名密钥，用于 `json`（请求头 `X-Huawu-Signature`）、`dingtalk`（参数 `sign`）和"
            " `feishu`（字段 `sign`）；邮件则是账号的密码。",
            "Key of the signature, for `json` (header `X-Huawu-Signature`), `dingtalk` (query parameter `sign`) and "
            "`feishu` (field `sign`); the password of a mail account.",
        ),
    ] = ""
    queues: Annotated[tuple[str, ...], Words("只管这些队列；空白为全部。", "Held to these queues; empty: all.")] = ()
    language: Annotated[Language, Words("`zh` 或 `en`。", "`zh` or `en`.")] = "zh"
    per_minute: Annotated[
        int,
        Words(
            "接收方一分钟至多收几条；再多的指令合成一条发。",
            "The most messages the receiver takes in a minute; more orders than that travel together in one.",
        ),
    ] = 20
    orders: Annotated[
        bool, Words("`false`：只收发给值班名单的。", "`false`: only what goes down the on-call list.")
    ] = True
    published: Annotated[
        bool, Words("`true`：发布计划时也通知。", "`true`: it also hears when a plan is published.")
    ] = False
    private: Annotated[
        bool,
        Words(
            "`true` 才允许内网地址；否则拒绝，以免手误发到不该去的地方。",
            "`true` lets the address lie within the house; others are refused, so that a slip of the pen reaches "
            "nothing.",
        ),
    ] = False
    user: Annotated[str, Words("邮件服务器的账号。", "Of a mail server: the account.")] = ""
    sender: Annotated[str, Words("发件地址。", "Of a mail server: the address a mail is from.")] = ""
    to: Annotated[str, Words("收件地址。", "Of a mail server: the address a mail is to.")] = ""


@dataclass(frozen=True)
class Heartbeat:
    """Whom to tell outside that all is well: an address that raises the alarm when nobody asks for it any more."""

    url: Annotated[str, Words("访问的地址。", "The address that is asked for.")]
    every_seconds: Annotated[float, Words("多久一次（秒）。", "How often.")] = 60.0
    private: Annotated[bool, Words("`true` 才允许内网地址。", "`true` lets the address lie within the house.")] = False


@dataclass(frozen=True)
class Retention:
    """What is kept for how long; the service looks once a day, `huawu purge` at once. What is not named stays."""

    log_days: Annotated[
        int,
        Words(
            "读数和决定；日志从那一刻的状态开始。",
            "Readings and decisions; the log then begins with the state of that moment.",
        ),
    ] = 0
    messages_days: Annotated[int, Words("已发出或已放弃的消息。", "Messages that were sent or given up.")] = 0
    jobs_days: Annotated[int, Words("已结束的任务。", "Long work that has ended.")] = 0


@dataclass(frozen=True)
class OnCall:
    """Somebody whom an order goes to that nobody heeds (L34), in the order of the list."""

    who: Annotated[str, Words("工号。", "The badge.")]
    channel: Annotated[str, Words("推送的名称（`[[webhook]]` 的 `name`）。", "The name of a webhook.")]
    to: Annotated[str, Words("该推送是邮件时的收件地址。", "The mail address, where that is a mail server.")] = ""
    begin: Annotated[str, Words("当地时刻 HH:MM；空白为全天。", "Local time of day, HH:MM; empty: always.")] = ""
    end: Annotated[
        str, Words("同上；不晚于 `begin` 的算次日。", "The same; over midnight where it is not after `begin`.")
    ] = ""
    days: Annotated[tuple[str, ...], Words("`mon` 至 `sun`；空白为每天。", "`mon` to `sun`; empty: every day.")] = ()

    def is_on_call(self, local: datetime) -> bool:
        """Return whether they are on call at a local time; a night's end belongs to the day on which it began."""
        begin, end, now = self.begin or "00:00", self.end or "24:00", f"{local:%H:%M}"
        over_midnight = end <= begin
        day = local
        if over_midnight and now < end:
            day = local - timedelta(days=1)
        elif not (begin <= now and (over_midnight or now < end)):
            return False
        return not self.days or ON_CALL_DAYS[day.weekday()] in self.days


@dataclass(frozen=True)
class Settings:
    """Everything `create_app` is told; what each setting means stands beside it, and in docs/settings.md."""

    ladder: Ladder
    queues: tuple[str, ...] = ("hotline",)
    database_url: Annotated[
        str,
        Words(
            "SQLAlchemy 的 URL：一个 SQLite 文件（`sqlite:///huawu.db`）或 `postgresql://user@host/name`。",
            "SQLAlchemy URL: an SQLite file (`sqlite:///huawu.db`) or `postgresql://user@host/name`.",
        ),
    ] = "sqlite:///huawu.db"
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    timezone: Annotated[
        str,
        Words(
            "现场所在的时区：值班时间、班表和页面都按它。",
            "Where the floor is: the zone of on-call times, rosters and pages.",
        ),
    ] = "Asia/Shanghai"
    open_access: Annotated[
        bool,
        Words(
            "`true`：本机上的人不用密钥，只供在回环地址上试用。",
            "`true` lets everybody on this machine in without a key: for a trial on a loopback address alone.",
        ),
    ] = False
    tick_seconds: Annotated[
        float,
        Words(
            "没有读数时，每隔几秒把时间告诉阶梯。", "How often the ladders are told the time, when no reading comes."
        ),
    ] = 1.0
    outbox_seconds: Annotated[
        float, Words("每隔几秒看有没有该发的消息。", "How often to look for messages that are due.")
    ] = 0.5
    roster_seconds: Annotated[
        float,
        Words(
            "每隔几秒看已发布的班表上在岗的人变了没有。",
            "How often to look whether the published roster has somebody else on the floor.",
        ),
    ] = 30.0
    verify_seconds: Annotated[
        float,
        Words(
            "每隔几秒重算日志的新内容，与所存的核对。",
            "How often to fold what came into the logs and compare it with what is stored.",
        ),
    ] = 60.0
    busy_seconds: Annotated[
        float,
        Words(
            "数据库被锁时等几秒，之后对请求答以 503。",
            "How long to wait for a database that is locked before a request is answered 503.",
        ),
    ] = 5.0
    writer_threads: Annotated[
        int,
        Words(
            "每个进程有几个线程写数据库；SQLite 反正一次只有一个写入者。",
            "Threads that write to the database in each process; SQLite takes one writer at a time anyway.",
        ),
    ] = 1
    max_body_bytes: Annotated[
        int, Words("读数或操作的请求至多几个字节。", "The longest body that a reading or an act may have.")
    ] = 1_000_000
    webhooks: tuple[Webhook, ...] = ()
    on_call: tuple[OnCall, ...] = ()
    heartbeat: Heartbeat | None = None
    retention: Retention = Retention()
    delayed_after_seconds: Annotated[
        float,
        Words(
            "决定的时刻比收到读数早这么多秒以上的，记为延迟，不推送。",
            "What was decided longer than this before its reading was received is kept as delayed, and not sent.",
        ),
    ] = 90.0
    public_url: Annotated[
        str,
        Words(
            "从外部访问服务的地址；设了它，消息里就带确认指令的链接。",
            "Where the service is reached from outside; with it, messages have a link that acknowledges their order.",
        ),
    ] = ""
    log_format: Annotated[
        LogFormat,
        Words(
            "`text`，或 `json`（一行一个对象，供日志采集）。",
            "`text`, or `json`: one object a line, for a collector of logs.",
        ),
    ] = "text"
    log_level: Annotated[
        LogLevel,
        Words(
            "`error`、`warning` 或 `info`（每个请求一行）。",
            "`error`, `warning`, or `info`: with it every request is a line.",
        ),
    ] = "warning"
    traces_url: Annotated[
        str,
        Words(
            "接收链路追踪的 OpenTelemetry 采集器（OTLP over HTTP，`http://host:4318`）；须安装 `huawu[traces]`。",
            "An OpenTelemetry collector (OTLP over HTTP, `http://host:4318`) that gets the traces; needs "
            "`huawu[traces]`.",
        ),
    ] = ""

    def on_call_at(self, at: datetime) -> tuple[str, ...]:
        """Return the badges of those on call at `at`, in the order of the list."""
        local = at.astimezone(ZoneInfo(self.timezone))
        return tuple(dict.fromkeys(one.who for one in self.on_call if one.is_on_call(local)))

    def channels_of(self, who: str, at: datetime) -> list[tuple[str, str]]:
        """Return the channels, each with the address on it, on which somebody on call at `at` is told."""
        local = at.astimezone(ZoneInfo(self.timezone))
        mine = [(one.channel, one.to) for one in self.on_call if one.who == who and one.is_on_call(local)]
        return list(dict(mine).items())

    def ladder_for(self, queue: str) -> Ladder:
        """Return the ladder of `queue`."""
        return self.ladders.get(queue, self.ladder)


def read_ladder(path: Path) -> Ladder:
    """Return the ladder in the TOML file `path`.

    Raises
    ------
    ValueError
        Naming the file and everything that is wrong with it.
    """
    return settled(
        SettingsFile(path, read_toml(path)),
        lambda told: ladder_from_mapping(told, source="ladder"),
        lambda _: read_toml(CONFIG / "ladder-recommended.toml"),
    )


def shipped_ladder(profile: str = "recommended") -> Ladder:
    """Return the shipped ladder `recommended`, `literal` or `brisk`.

    Raises
    ------
    ValueError
        If there is no such profile.
    """
    path = CONFIG / f"ladder-{profile}.toml"
    if not path.is_file():
        found = sorted(one.stem.removeprefix("ladder-") for one in CONFIG.glob("ladder-*.toml"))
        raise refusal("settings.profile", profile=profile, found=found)
    return read_ladder(path)


def explained(told: type) -> dict[str, tuple[type, Words]]:
    """Return kind and meaning of the fields that are written in a settings file as they are."""
    hints = get_type_hints(told, include_extras=True)
    return {name: (get_args(one)[0], get_args(one)[1]) for name, one in hints.items() if get_origin(one) is Annotated}


PLAIN_SETTINGS = explained(Settings)


def settings_from(environ: Mapping[str, str], *, file: Path | None = None) -> Settings:
    """Return the settings in `file` (TOML), each overridden by the variable `HUAWU_<NAME>` of `environ`.

    The file may also have `queues` (a list), `profile`, `ladder` (a path beside it), `[ladders]` (queue = path, which
    declares it too), `[[webhook]]` and `[[on_call]]` tables, `[heartbeat]` and `[retention]`.

    Raises
    ------
    ValueError
        Naming the file or variable, the key and the value.
    """
    chosen = file or (Path(environ["HUAWU_SETTINGS"]) if environ.get("HUAWU_SETTINGS") else None)
    raw: dict[str, Any] = {}
    base = Path.cwd()
    if chosen is not None:
        raw = read_toml(chosen)
        base = chosen.parent
    known = {*PLAIN_SETTINGS, "queues", "profile", "ladder", "ladders", "webhook", "on_call", "heartbeat", "retention"}
    for key in raw:
        if key not in known:
            raise refusal("settings.key", where=chosen, key=key, known=sorted(known))
    for key in (*PLAIN_SETTINGS, "profile", "ladder"):
        if VARIABLE_PREFIX + key.upper() in environ:
            raw[key] = environ[VARIABLE_PREFIX + key.upper()]
    plain = {key: _typed(key, raw[key], kind) for key, (kind, _) in PLAIN_SETTINGS.items() if key in raw}
    ladder = (
        read_ladder(base / str(raw["ladder"]))
        if raw.get("ladder")
        else shipped_ladder(raw.get("profile") or "recommended")
    )
    told = raw.get("ladders", {})
    if not isinstance(told, Mapping):
        raise refusal("settings.table", where="[ladders]")
    ladders = {str(queue): read_ladder(base / str(path)) for queue, path in told.items()}
    variable = environ.get(f"{VARIABLE_PREFIX}QUEUES")
    listed = variable.split(",") if variable else _list("queues", raw.get("queues", ["hotline"]))
    queues = tuple(dict.fromkeys(queue_named(str(one).strip()) for one in (*listed, *ladders)))
    webhooks = _webhooks(_list("webhook", raw.get("webhook", [])))
    return Settings(
        ladder,
        queues,
        ladders=ladders,
        webhooks=webhooks,
        on_call=_on_call(_list("on_call", raw.get("on_call", [])), webhooks),
        heartbeat=_heartbeat(raw["heartbeat"]) if "heartbeat" in raw else None,
        retention=Retention(**_table(raw.get("retention", {}), Retention, "[retention]")),
        **plain,
    )


def queue_named(name: str) -> str:
    """Return the name of a queue as it is.

    Raises
    ------
    ValueError
        If no queue can be called that.
    """
    if QUEUE_NAME.fullmatch(name) is None:
        raise refusal("queue.name", queue=name)
    return name


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise refusal("settings.type", key=key, value=value, kind=KIND_WORDS[tuple[str, ...]])
    return value


def _typed(key: str, value: Any, wanted: Any) -> Any:
    """Return a value of a settings file, or of a variable, as the type that the setting has."""
    if wanted is bool:
        word = str(value).strip().lower()
        if word not in ("1", "0", "true", "false", "yes", "no"):
            raise refusal("settings.flag", key=key, value=value)
        return word in ("1", "true", "yes")
    if wanted == tuple[str, ...]:
        return tuple(str(one) for one in _list(key, value))
    if choices := get_args(wanted):
        if value not in choices:
            raise refusal("settings.choice", key=key, value=value, known=choices)
        return value
    try:
        typed = wanted(str(value))
    except ValueError as error:
        raise refusal("settings.type", key=key, value=value, kind=KIND_WORDS[wanted]) from error
    if wanted is not str and not typed > 0:
        raise refusal("settings.positive", key=key, value=value)
    return typed


def _table(raw: Any, kind: type, where: str) -> dict[str, Any]:
    """Return a table of a settings file as the fields of `kind`, each of its type."""
    if not isinstance(raw, Mapping):
        raise refusal("settings.table", where=where)
    known = explained(kind)
    for key in raw:
        if key not in known:
            raise refusal("settings.key", where=where, key=key, known=sorted(known))
    return {key: _typed(f"{where} {key}", value, known[key][0]) for key, value in raw.items()}


def _webhooks(tables: Sequence[Any]) -> tuple[Webhook, ...]:
    found: dict[str, Webhook] = {}
    for place, raw in enumerate(tables, start=1):
        where = f"[[webhook]] {place}"
        told = _table(raw, Webhook, where)
        kind, name = told.get("kind", "json"), told.get("name")
        schemes = WEBHOOK_SCHEMES.get(kind, ("http://", "https://"))
        if not name or not told.get("url", "").startswith(schemes):
            raise refusal("webhook.url", where=where, schemes=schemes)
        if name in found:  # what is to be sent is kept under it
            raise refusal("webhook.twice", where=where, name=name)
        if kind == "smtp" and not ((told.get("sender") or told.get("user")) and told.get("to")):
            raise refusal("webhook.mail", where=where)
        found[name] = Webhook(**told)
    return tuple(found.values())


def _heartbeat(raw: Any) -> Heartbeat:
    told = _table(raw, Heartbeat, "[heartbeat]")
    if not told.get("url", "").startswith(("http://", "https://")):
        raise refusal("heartbeat.url")
    if told.get("every_seconds", 1.0) < 1:
        raise refusal("heartbeat.often", every=told["every_seconds"])
    return Heartbeat(**told)


def _on_call(tables: Sequence[Any], webhooks: Sequence[Webhook]) -> tuple[OnCall, ...]:
    found, channels = [], [hook.name for hook in webhooks]
    for place, raw in enumerate(tables, start=1):
        where = f"[[on_call]] {place}"
        told = _table(raw, OnCall, where)
        if not told.get("who") or told.get("channel") not in channels:
            raise refusal("on_call.who", where=where, channel=told.get("channel"), known=channels)
        for key in ("begin", "end"):
            if not re.fullmatch(r"(([01]\d|2[0-3]):[0-5]\d|24:00)?", told.get(key, "")):
                raise refusal("on_call.time", where=where, key=key, value=told[key])
        for day in told.get("days", ()):
            if day not in ON_CALL_DAYS:
                raise refusal("on_call.day", where=where, value=day, known=ON_CALL_DAYS)
        found.append(OnCall(**told))
    return tuple(found)
