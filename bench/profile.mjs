import { readFileSync } from 'node:fs';

const ROOT = new URL('..', import.meta.url).href;
/** Starting the profiler shows in the profile too. */
const OURS = new URL('./attached.mjs', import.meta.url).href;

/**
 * Where a profile says that the time went, in shares of the time the process was busy.
 * @returns `{busy, self: {byPackage, byFunction}, total: {byFunction}}`, lists of `[name, share]`, greatest first
 */
export function summarise(file, most = 30) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'));
  const times = new Map();
  samples.forEach((id, index) => times.set(id, (times.get(id) ?? 0) + timeDeltas[index]));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const sums = { byPackage: new Map(), byFunction: new Map(), total: new Map(), all: 0, busy: 0 };
  walk(byId, byId.get(nodes[0].id), times, [], sums);
  const shares = (map) =>
    [...map]
      .map(([name, time]) => [name, time / sums.busy])
      .sort(([, one], [, other]) => other - one)
      .slice(0, most);
  return {
    busy: sums.busy / sums.all,
    self: { byPackage: shares(sums.byPackage), byFunction: shares(sums.byFunction) },
    total: { byFunction: shares(sums.total) },
  };
}

/** Adds up self times, and total times without counting a recursion twice. */
function walk(byId, node, times, callers, sums) {
  if (node.callFrame.url === OURS) return 0;
  const own = times.get(node.id) ?? 0;
  const { functionName } = node.callFrame;
  const place = placeOf(node.callFrame);
  const name = `${functionName || '(anonymous)'} ${place}`;
  const isNew = !callers.includes(name);
  let total = functionName === '(idle)' ? 0 : own;
  sums.all += own;
  if (functionName !== '(idle)') {
    sums.busy += own;
    add(sums.byPackage, packageOf(functionName, place), own);
    add(sums.byFunction, name, own);
  }
  const path = isNew ? [...callers, name] : callers;
  for (const id of node.children ?? []) total += walk(byId, byId.get(id), times, path, sums);
  if (isNew && functionName !== '(root)') add(sums.total, name, total);
  return total;
}

function add(map, key, value) {
  map.set(key, (map.get(key) ?? 0) + value);
}

function placeOf({ url, lineNumber }) {
  if (!url) return '';
  const path = url.replace(ROOT, '').replace(new URL(ROOT).pathname, '').replace('file://', '');
  return `${path.replace(/^.*node_modules\//, '')}:${lineNumber + 1}`;
}

function packageOf(functionName, place) {
  if (place === '') return functionName.startsWith('(') ? functionName : 'native';
  if (place.startsWith('node:')) return place.replace(/:\d+$/, '');
  if (place.startsWith('dist/')) return place.replace(/:\d+$/, '');
  return place
    .split('/')
    .slice(0, place.startsWith('@') ? 2 : 1)
    .join('/');
}

/** What {@link summarise} found, for people. */
export function profileText(operation, { busy, self, total }) {
  const list = (title, entries) => [
    `  ${title}`,
    ...entries.map(([name, share]) => `  ${(share * 100).toFixed(1).padStart(6)} %  ${name}`),
  ];
  return [
    `${operation}: busy ${(busy * 100).toFixed(0)} % of the time; shares of that`,
    ...list('self time by package', self.byPackage),
    ...list('self time by function', self.byFunction),
    ...list('total time by function', total.byFunction),
    '',
  ].join('\n');
}
