// What the server says of a queue, put the way the page draws it: instants as milliseconds, words in the page's language.
const at = (text) => (text ? Date.parse(text) : null);
const base = (queue) => `/v1/queues/${encodeURIComponent(queue)}`;

export const PATHS = {
  wall: (offset, limit) => `/v1/wall?offset=${offset}&limit=${limit}`,
  surge: (queue) => `${base(queue)}/surge`,
  stream: (queue) => `${base(queue)}/stream`,
  trend: (queue, version) => `${base(queue)}/trend?after=${version}`,
  today: (queue) => `${base(queue)}/today`,
  order: (queue, order, action) => `${base(queue)}/orders/${encodeURIComponent(order.id)}/${action}`,
  override: (queue) => `${base(queue)}/override`,
  fault: (queue) => `${base(queue)}/known-fault`,
  handovers: (queue) => `${base(queue)}/handovers`,
};

/** Rung 5 speaks of the role whose shifts grow longer. */
const roleName = (role) => (role === 'inbound' ? 'lengthen' : role);

export function viewFrom(surge, language) {
  const reason = (one) => (language === 'zh' ? one.reason_zh : one.reason)?.replace(/^seat_limit: /, ''); // the log's own word for it
  return {
    queue: surge.queue,
    version: surge.version,
    timezone: surge.timezone,
    mode: surge.mode,
    band: surge.band,
    waiting: surge.waiting,
    asOf: at(surge.as_of),
    maxGapSeconds: surge.max_gap_seconds,
    stale: surge.stale,
    rung: surge.orders.reduce((most, one) => Math.max(most, one.rung), 0),
    holding: surge.holding,
    hold: surge.hold && { ...surge.hold, until: at(surge.hold.until) }, // rung, until, actor, reason
    fault: surge.known_fault,
    repeatSeconds: surge.repeat_after_seconds,
    thresholds: surge.thresholds,
    rungs: surge.rungs.map((one) => ({
      number: one.number, role: roleName(one.role), state: one.state, people: one.people, size: one.size, above: one.waiting_above, atMost: one.waiting_at_most,
      holdSeconds: one.hold_seconds, orderedAt: at(one.ordered_at), runFrom: at(one.run_from), fireAt: at(one.due_at), note: one.state === 'skipped' || one.state === 'blocked' ? reason(one) : '',
    })),
    next: surge.next && { kind: surge.next.kind, role: roleName(surge.next.role), at: at(surge.next.at) },
    orders: surge.orders.map((one) => ({
      id: one.order_id, action: one.action, rung: one.rung, role: roleName(one.role), people: one.people, status: one.status, orderedAt: at(one.ordered_at),
      signedIn: one.people_signed_in, badges: one.badges, reason: reason(one), repeats: one.repeats,
    })),
    people: surge.people.map((one) => ({ role: one.role, available: one.available, onPhone: one.on_phone, engaged: one.engaged })),
    standby: surge.standby,
    standbyMin: surge.standby_min,
    seats: { free: surge.seats_free, signedIn: surge.seats_signed_in, required: surge.seats_required, planned: surge.seats_planned },
    measures: surge.measures,
    target: surge.service_target.service_level,
    load: { calls: surge.calls_per_hour, forecast: surge.calls_per_hour_forecast, band: surge.calls_per_hour_expected, aht: surge.aht_seconds, ahtForecast: surge.aht_seconds_forecast },
    warnings: surge.warnings.map((one) => (language === 'zh' ? one.zh : one.en)),
  };
}

/** What a queue did of late: its readings and decisions, grown by what the trend tells. */
export class Past {
  readings = [];

  decisions = [];

  version = 0;

  grow(told) {
    if (told.version <= this.version) return; // an answer that a later one has overtaken
    this.version = told.version;
    this.readings.push(...told.readings.map(([when, waiting]) => ({ at: at(when), waiting })));
    this.decisions.push(...told.decisions.map((one) => ({ ...one, at: at(one.at), role: roleName(one.role) })));
    const newest = this.readings[this.readings.length - 1]?.at ?? 0;
    const recent = (one) => one.at >= newest - 2.1 * 3600e3;
    this.readings = this.readings.filter(recent);
    this.decisions = this.decisions.filter(recent);
  }

  get marks() {
    return this.decisions.filter((one) => one.kind === 'order' || one.kind === 'release');
  }
}
