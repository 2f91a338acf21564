// The text format of Prometheus 0.0.4, read strictly: https://prometheus.io/docs/instrumenting/exposition_formats/

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/gy;
const NUMBER = /^([+-]?\d+(\.\d+)?(e[+-]?\d+)?|[+-]Inf|NaN)$/i;

/** @throws for whatever a scraper might stumble over */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('The last line does not end');
  const families = new Map<string, Family & { samples: Sample[] }>();
  let current: (Family & { samples: Sample[] }) | undefined;
  let help: { name: string; text: string } | undefined;
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === 'HELP') help = { name, text: rest };
    else if (keyword === 'TYPE') {
      if (!NAME.test(name) || !TYPES.includes(rest) || help?.name !== name) throw new Error(line);
      if (families.has(name)) throw new Error(`Twice: ${line}`);
      current = { name, type: rest, help: help.text, samples: [] };
      families.set(name, current);
    } else if (line.startsWith('#')) throw new Error(line);
    else addTo(current, parseSample(line));
  }
  for (const family of families.values()) if (family.type === 'histogram') checkBuckets(family);
  return families;
}

function parseSample(line: string): Sample {
  const [, name, inner = '', number] = SAMPLE.exec(line) ?? [];
  if (!name || !NUMBER.test(number)) throw new Error(line);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inner.length) {
    const label = LABEL.exec(inner);
    if (!label || label[1] in labels) throw new Error(line);
    labels[label[1]] = label[2];
  }
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) };
}

function addTo(family: (Family & { samples: Sample[] }) | undefined, sample: Sample): void {
  const names = (SUFFIXES[family?.type ?? ''] ?? ['']).map((suffix) => `${family?.name}${suffix}`);
  if (!family || !names.includes(sample.name)) throw new Error(`${sample.name} stands in another family`);
  const key = ({ name, labels }: Sample) => JSON.stringify([name, Object.entries(labels).sort()]);
  if (family.samples.some((other) => key(other) === key(sample))) throw new Error(`Twice: ${key(sample)}`);
  if (family.type === 'counter' && !(sample.value >= 0)) throw new Error(`${sample.name} is negative`);
  family.samples.push(sample);
}

function checkBuckets({ name, samples }: Family): void {
  const seriesOf = ({ labels: { le: _, ...labels } }: Sample) =>
    JSON.stringify(Object.entries(labels).sort());
  for (const count of samples.filter((sample) => sample.name === `${name}_count`)) {
    const buckets = samples.filter((s) => s.name === `${name}_bucket` && seriesOf(s) === seriesOf(count));
    const isRising = buckets.every(({ value }, index) => index === 0 || value >= buckets[index - 1].value);
    const last = buckets.at(-1);
    if (!isRising || last?.labels.le !== '+Inf' || last.value !== count.value) throw new Error(name);
  }
}

/** The value of one series; undefined when there is none. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const wanted = Object.entries(labels);
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
  return family?.samples.find(
    (sample) => sample.name === name && wanted.every(([label, value]) => sample.labels[label] === value),
  )?.value;
}
