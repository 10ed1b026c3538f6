// The roster as a grid of people × days. Only the rows in sight exist, and they are reused as the grid scrolls.
import { el, t } from './page.js';

const ROW = 30; // pixels; the same as --row in planner.css
const SPARE = 6; // rows kept ready above and below

/**
 * A grid in `host`. `model()` gives {people: [{badge, role, note, cells: [{code, kind, marks}]}], days: [{label, sub, kind}]}.
 * `onChange(person, day, code)` is asked to write a cell, `onSwap(from, to)` to exchange two, `onSelect(cell)` hears of the focus.
 */
export function rosterGrid(host, { model, onChange, onSwap, onSelect }) {
  const rows = new Map(); // row number → element
  const free = [];
  let at = { row: 0, column: 0 };
  let dragged = null;
  const head = el('div', { class: 'grid-head', role: 'row', 'aria-rowindex': 1 });
  const body = el('div', { class: 'grid-body', role: 'rowgroup' });
  const view = el('div', { class: 'grid', role: 'grid', tabindex: -1, 'aria-label': t('grid.label') }, head, body);
  host.replaceChildren(view);
  let seen = model();

  function build() {
    seen = model();
    view.setAttribute('aria-rowcount', seen.people.length + 1);
    view.setAttribute('aria-colcount', seen.days.length + 1);
    view.style.setProperty('--days', seen.days.length);
    fit();
    writeHead();
    body.style.height = `${seen.people.length * ROW}px`;
    rows.forEach((row) => free.push(row));
    rows.clear();
    free.forEach((row) => row.remove());
    free.length = 0;
    show();
  }

  function writeHead() {
    head.replaceChildren(el('div', { class: 'corner', role: 'columnheader' }, t('grid.badge')), ...seen.days.map((day) =>
      el('div', { class: 'day', role: 'columnheader', 'data-kind': day.kind, title: day.title || '' }, el('b', {}, day.label), el('span', {}, day.sub), day.note ? el('em', { 'data-short': day.short }, day.note) : null)));
  }

  /** The whole month in sight where the screen is wide enough; else as narrow as a code can be read. */
  function fit() {
    const who = parseFloat(getComputedStyle(view).getPropertyValue('--who'));
    const cell = Math.max(34, Math.min(64, Math.floor((view.clientWidth - who - 2) / seen.days.length)));
    view.style.setProperty('--cell', `${cell}px`);
    // a badge that sticks to the edge is a layer of its own in every row: only where there is something to scroll past
    view.classList.toggle('fits', who + cell * seen.days.length <= view.clientWidth);
  }

  function fresh() {
    const row = el('div', { class: 'grid-row', role: 'row' }, el('div', { class: 'who', role: 'rowheader' }),
      seen.days.map((_, column) => el('div', { class: 'cell', role: 'gridcell', tabindex: -1, draggable: 'true', 'data-column': column })));
    body.append(row);
    return row;
  }

  function write(row, number) {
    const person = seen.people[number];
    row.dataset.row = number;
    row.setAttribute('aria-rowindex', number + 2);
    row.style.transform = `translateY(${number * ROW}px)`;
    row.firstChild.textContent = person.badge;
    row.firstChild.title = person.note || '';
    row.firstChild.dataset.role = person.role;
    for (let column = 0; column < seen.days.length; column += 1) {
      const cell = row.children[column + 1];
      const { code, kind, marks } = person.cells[column];
      if (cell.textContent !== code) cell.textContent = code;
      cell.dataset.kind = kind;
      cell.dataset.marks = marks || '';
      cell.tabIndex = number === at.row && column === at.column ? 0 : -1;
    }
  }

  function show() {
    const first = Math.max(0, Math.floor((view.scrollTop - head.offsetHeight) / ROW) - SPARE);
    const last = Math.min(seen.people.length - 1, Math.ceil((view.scrollTop + view.clientHeight) / ROW) + SPARE);
    const holdsFocus = view.contains(document.activeElement) ? document.activeElement.closest('.grid-row') : null;
    for (const [number, row] of rows) {
      if ((number < first || number > last) && row !== holdsFocus) { rows.delete(number); free.push(row); }
    }
    for (let number = first; number <= last; number += 1) {
      if (rows.has(number)) continue;
      const row = free.pop() || fresh();
      write(row, number);
      rows.set(number, row);
    }
  }

  let asked = false;
  view.addEventListener('scroll', () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; show(); });
  }, { passive: true });
  new ResizeObserver(() => { fit(); show(); }).observe(view);

  const place = (node) => {
    const cell = node.closest?.('.cell');
    return cell && { row: Number(cell.parentNode.dataset.row), column: Number(cell.dataset.column) };
  };
  const cellAt = ({ row, column }) => rows.get(row)?.children[column + 1];

  function focus(next) {
    cellAt(at)?.setAttribute('tabindex', -1);
    at = { row: Math.min(seen.people.length - 1, Math.max(0, next.row)), column: Math.min(seen.days.length - 1, Math.max(0, next.column)) };
    const top = at.row * ROW;
    const room = view.clientHeight - head.offsetHeight;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + ROW > view.scrollTop + room) view.scrollTop = top + ROW - room;
    show();
    const cell = cellAt(at);
    cell.tabIndex = 0;
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    onSelect?.({ person: seen.people[at.row], day: at.column });
  }

  function edit(start) {
    const cell = cellAt(at);
    const person = seen.people[at.row];
    const input = el('input', { class: 'cell-input', list: 'shift-codes', value: start ?? person.cells[at.column].code, 'aria-label': t('grid.edit', { badge: person.badge, day: seen.days[at.column].label }) });
    let over = false;
    const done = (keep) => {
      if (over) return;
      over = true;
      const code = input.value.trim();
      input.remove();
      cell.classList.remove('editing');
      cell.focus({ preventScroll: true });
      if (keep && code !== person.cells[at.column].code) onChange(person, at.column, code);
    };
    input.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Enter') { event.preventDefault(); done(true); }
      if (event.key === 'Escape') done(false);
    });
    input.addEventListener('blur', () => done(true));
    cell.classList.add('editing');
    view.append(input);
    const box = cell.getBoundingClientRect();
    const outer = view.getBoundingClientRect();
    input.style.left = `${box.left - outer.left + view.scrollLeft}px`;
    input.style.top = `${box.top - outer.top + view.scrollTop}px`;
    input.focus();
    if (start === undefined) input.select();
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-20, 0], PageDown: [20, 0] };
  view.addEventListener('keydown', (event) => {
    if (event.target.tagName === 'INPUT') return;
    const step = STEPS[event.key];
    if (step) focus({ row: at.row + step[0], column: at.column + step[1] });
    else if (event.key === 'Home') focus({ row: event.ctrlKey ? 0 : at.row, column: 0 });
    else if (event.key === 'End') focus({ row: event.ctrlKey ? seen.people.length - 1 : at.row, column: seen.days.length - 1 });
    else if (event.key === 'Enter' || event.key === 'F2') edit();
    else if (event.key === 'Delete' || event.key === 'Backspace') onChange(seen.people[at.row], at.column, '');
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== ' ') edit(event.key);
    else return;
    event.preventDefault();
  });
  view.addEventListener('click', (event) => { const where = place(event.target); if (where) focus(where); });
  view.addEventListener('dblclick', (event) => { if (place(event.target)) edit(); });
  view.addEventListener('dragstart', (event) => {
    dragged = place(event.target);
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', event.target.textContent);
  });
  view.addEventListener('dragover', (event) => { if (dragged && place(event.target)) { event.preventDefault(); mark(event.target); } });
  view.addEventListener('dragend', () => { mark(null); dragged = null; });
  view.addEventListener('drop', (event) => {
    const to = place(event.target);
    mark(null);
    if (!dragged || !to) return;
    event.preventDefault();
    const from = dragged;
    dragged = null;
    if (from.row !== to.row || from.column !== to.column) onSwap({ person: seen.people[from.row], day: from.column }, { person: seen.people[to.row], day: to.column });
  });
  let marked = null;
  function mark(cell) {
    if (marked === cell) return;
    marked?.classList.remove('target');
    marked = cell;
    marked?.classList.add('target');
  }

  build();
  return {
    rebuild: build,
    /** Write again what is in sight, after the model's cells have changed. */
    refresh() { seen = model(); writeHead(); rows.forEach((row, number) => write(row, number)); },
    focus: (row, column) => focus({ row, column }),
    element: view,
  };
}
