// Long work from the page's side: begin it, watch it, stop or cancel it.
import { call, colon, el, fill, number, percent, saidOf, t, tell } from './page.js';

const TELLING = 0.9;

export const isRunning = (job) => job.state === 'queued' || job.state === 'running';

/** The newest unfinished job of `kind`, if the plan has one. */
export const runningJob = (plan, kind) => plan.jobs.find((job) => job.kind === kind && isRunning(job));
export const lastJob = (plan, kind) => plan.jobs.find((job) => job.kind === kind);

export const beginJob = (context, kind, given = {}) => call(`${context.url}/jobs`, { method: 'POST', body: { kind, ...given } });

/** Watch `job`, which stands `at` an address, until it ends; `shown(job)` adds what it says of itself, `ended(job)` hears the end. */
export function watchJob(place, context, job, { shown = () => null, ended, at = `${context.url}/jobs/${job.job_id}` }) {
  let over = false;
  context.onLeave(() => { over = true; });
  const wish = (what) => call(`${at}/${what}`, { method: 'POST' }).catch(tell);
  const bar = el('progress', { max: 1, 'aria-label': t('job.running') });
  const words = el('p', { role: 'status' });
  const more = el('div', {});
  fill(place, el('div', { class: 'progress', 'data-job': job.kind }, words, bar, more, el('div', { class: 'row' },
    job.kind === 'roster' ? el('button', { type: 'button', class: 'primary', 'data-action': 'stop', onclick: () => wish('stop') }, t('roster.stop')) : null,
    el('button', { type: 'button', 'data-action': 'cancel', onclick: () => wish('cancel') }, t('roster.cancel')))));
  const step = async () => {
    if (over) return;
    try {
      const now = await call(at);
      if (over) return;
      words.textContent = [t('job.' + now.state), now.progress.phase ? t('phase.' + now.progress.phase) : '', now.progress.seconds ? t('seats.seconds', { n: number(now.progress.seconds) }) : ''].filter(Boolean).join(' · ');
      if (now.progress.share !== undefined) bar.value = now.progress.share;
      fill(more, shown(now));
      if (!isRunning(now)) { over = true; ended(now); return; }
    } catch (error) { if (!(error instanceof TypeError)) tell(error); /* the server is away: the job is not lost, ask again */ }
    setTimeout(step, 700);
  };
  step();
}

/** What a failed or cancelled job left to say. */
export const outcome = (job) => (!job || job.state === 'done' || isRunning(job) ? null
  : el('p', { class: job.state === 'failed' ? 'wrong' : 'hint', role: 'status', 'data-outcome': job.state }, `${t('job.' + job.state)}${job.error ? colon() + saidOf(job, 'error') : ''}`));

/** How far from the best at most; nothing where the bound says too little to be of use. */
export const gapWords = ({ gap }) => (gap === null || gap === undefined || gap > TELLING ? '' : percent(gap));
