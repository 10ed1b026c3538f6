// What the server says of a queue, put the way the page draws it: instants as milliseconds, roles and rungs by name.
const at = (text) => (text ? Date.parse(text) : null);

export const PATHS = {
  queues: '/v1/queues',
  surge: (queue) => `/v1/queues/${encodeURIComponent(queue)}/surge`,
  stream: (queue) => `/v1/queues/${encodeURIComponent(queue)}/stream`,
};

export const actionPath = (queue, order, action) => ({ url: `/v1/queues/${encodeURIComponent(queue)}/orders/${encodeURIComponent(order.id)}/${action}`, body: {} });

export function viewFrom(surge, language) {
  const reason = (one) => (language === 'zh' && one.reason_zh) || one.reason || '';
  return {
    queue: surge.queue,
    timezone: surge.timezone,
    mode: surge.mode,
    band: surge.band,
    waiting: surge.waiting,
    asOf: at(surge.as_of),
    maxGapSeconds: surge.max_gap_seconds,
    stale: surge.stale,
    rung: surge.rung,
    holding: surge.holding,
    repeatSeconds: surge.repeat_after_seconds,
    thresholds: surge.thresholds,
    rungs: surge.rungs.map((one) => ({
      number: one.number, role: one.role === 'inbound' ? 'lengthen' : one.role, state: one.state, people: one.people, size: one.size, above: one.waiting_above, atMost: one.waiting_at_most,
      holdSeconds: one.hold_seconds, orderedAt: at(one.ordered_at), runFrom: at(one.run_from), fireAt: at(one.due_at), note: reason(one),
    })),
    next: surge.next && { kind: surge.next.kind, role: surge.next.role === 'inbound' ? 'lengthen' : surge.next.role, at: at(surge.next.at) },
    orders: surge.orders.map((one) => ({
      id: one.order_id, kind: one.kind || 'order', action: one.action, rung: one.rung, role: one.role, people: one.people, status: one.status, orderedAt: at(one.ordered_at),
      signedIn: one.people_signed_in, badges: one.badges || [], reason: reason(one), rule: one.rule, repeats: one.repeats || 0,
    })),
    people: surge.people.map((one) => ({ role: one.role, available: one.available, onPhone: one.on_phone ?? one.onPhone })), standby: surge.standby, standbyMin: surge.standby_min,
    seats: { free: surge.seats_free, signedIn: surge.seats_signed_in, required: surge.seats_required },
    warnings: (surge.warnings || []).map((one) => (typeof one === 'string' ? one : language === 'zh' ? one.zh : one.en)),
    readings: (surge.readings || []).map(([when, waiting]) => ({ at: at(when), waiting })),
    marks: (surge.marks || []).map((one) => ({ at: at(one.at), kind: one.kind, rung: one.rung })),
  };
}
