// The planner: one month from two files to a published roster, one step a screen.
import './words_planner.js';
import { call, el, fill, find, head, keepTyped, Refused, say, t, tell } from './page.js';
import { stamp } from './days.js';
import { filesStep } from './plan_files.js';
import { historyStep } from './plan_history.js';
import { forecastStep } from './plan_forecast.js';
import { seatsStep } from './plan_seats.js';
import { rosterStep } from './plan_roster.js';
import { publishStep } from './plan_publish.js';
import { drawPlans, headOf } from './plan_heads.js';

const STEPS = ['files', 'history', 'forecast', 'seats', 'roster', 'publish'];
const DRAW = { files: filesStep, history: historyStep, forecast: forecastStep, seats: seatsStep, roster: rosterStep, publish: publishStep };
const main = find('#main');
let plan = null;
let leaving = []; // what the step on the screen wants done when another one comes

const route = () => {
  const [id, step] = location.hash.slice(1).split('/');
  return { id, step: STEPS.includes(step) ? step : 'files' };
};
const go = (id, step) => { location.hash = `${id}/${step}`; };

/** How far the plan is: a step is open when what it stands on is there. */
function reached() {
  return {
    files: plan.files.includes('history') && plan.files.includes('people'), history: plan.files.includes('history') && plan.files.includes('forecast.csv'),
    forecast: plan.files.includes('forecast.csv'), seats: plan.files.includes('requirement.csv'), roster: plan.files.includes('roster.csv'), publish: Boolean(plan.published_at),
  };
}

function open(step) {
  const done = reached();
  return { files: true, history: plan.files.includes('history'), forecast: plan.files.includes('history'), seats: done.forecast, roster: done.seats && plan.files.includes('people'), publish: done.roster }[step];
}

function drawSteps() {
  const { step: now } = route();
  const place = find('#steps');
  place.hidden = !plan;
  if (!plan) return;
  const done = reached();
  fill(place, STEPS.map((step, n) => el('a', {
    href: open(step) ? `#${plan.plan_id}/${step}` : undefined, 'data-key': step, 'data-step': step, 'data-state': done[step] ? 'done' : step === now ? 'now' : 'open',
    'aria-current': step === now ? 'step' : undefined, 'aria-disabled': open(step) ? undefined : 'true', role: open(step) ? undefined : 'link',
  }, el('b', { 'aria-hidden': 'true' }, done[step] ? '✓' : String(n + 1)), t('step.' + step))));
  const here = find('[aria-current]', place);
  if (here && place.scrollWidth > place.clientWidth) place.scrollLeft = here.offsetLeft - (place.clientWidth - here.offsetWidth) / 2; // on a phone the steps are one strip
}

/** The way on, once what the next step stands on is there. */
function drawNext() {
  const place = find('#next-step');
  if (!place) return;
  const next = STEPS[STEPS.indexOf(route().step) + 1];
  fill(place, next && open(next) ? el('a', { class: 'button primary', 'data-key': 'next-step', href: `#${plan.plan_id}/${next}` }, `${t('step.next', { step: t('step.' + next) })} →`) : el('span', { class: 'hint' }, t('step.wait.' + next)));
}

/** Wait for the plan's head again, and draw what is on the screen anew where `redraw`. */
async function refresh(redraw = true) {
  const asked = location.hash;
  const told = await call(`/v1/plans/${route().id}`);
  if (location.hash !== asked) return; // what is on the screen by now is drawn from an answer of its own
  plan = told;
  drawSteps();
  drawNext();
  if (redraw) drawStep();
}

/** What the step on the screen watches and listens to ends with it. */
function leave() {
  leaving.forEach((run) => run());
  leaving = [];
}

function drawStep() {
  leave();
  const { step } = route();
  const context = { plan, url: `/v1/plans/${plan.plan_id}`, refresh, frozen: Boolean(plan.published_at), onLeave: (run) => { leaving.push(run); }, published: () => Boolean(plan.published_at), redraw: drawStep };
  const place = el('section', { class: 'panel', 'data-step': step, 'aria-label': t('step.' + step) });
  const next = STEPS[STEPS.indexOf(step) + 1];
  fill(main, headOf(context, go), plan.published_at && step !== 'publish' ? el('p', { class: 'hint' }, t('plan.frozen', { at: stamp(plan.published_at, plan.history?.timezone) }), plan.superseded ? ` ${t('plan.superseded.about')}` : '') : null, place, next ? el('p', { class: 'row end', id: 'next-step' }) : null);
  drawNext();
  return Promise.resolve(DRAW[step](place, context)).catch(tell);
}

async function show() {
  const { id } = route(), asked = location.hash;
  try {
    if (!id) { leave(); plan = null; drawSteps(); await drawPlans(main, go); return; }
    const told = await call(`/v1/plans/${id}`); // anew with every step: it tells what is being worked on
    if (location.hash !== asked) return; // another one, or another step, was chosen meanwhile
    plan = told;
    drawSteps();
    await drawStep();
  } catch (error) {
    if (id && error instanceof Refused && [404, 422].includes(error.status)) await gone();
    else tell(error);
  }
}

/** An address of no plan, or of one that was deleted, leads to those there are. */
async function gone() {
  history.replaceState(null, '', location.pathname + location.search);
  await show();
  say(t('plan.gone'), 'bad');
}

/** Another language: the step is drawn anew, and what was typed and chosen in it stays. */
async function drawAgain() {
  const restore = keepTyped(main);
  await show();
  restore();
}

head(drawAgain);
addEventListener('hashchange', show);
show();
