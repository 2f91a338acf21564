export type Point = readonly [x: number, y: number];

/** A pen stroke: points so close together that bending the space between them bends the stroke. */
export type Stroke = readonly Point[];

// Pen strokes instead of a font: a server has no font to count on, and a curve drawn across a letter
// is then made of exactly what the letter is made of. Height is 1, y points down; M, L and C are SVG's.
const SKELETONS: Readonly<Record<string, string>> = {
  A: 'M0 1 L.38 0 L.76 1 M.15 .64 L.61 .64',
  C: 'M.68 .18 C.5 -.08 0 -.06 0 .5 C0 1.06 .5 1.08 .68 .82',
  E: 'M.6 0 L0 0 L0 1 L.62 1 M0 .48 L.5 .48',
  K: 'M0 0 L0 1 M.64 0 L0 .58 M.2 .42 L.68 1',
  M: 'M0 1 L.04 0 L.37 .62 L.7 0 L.74 1',
  P: 'M0 1 L0 0 L.3 0 C.74 0 .74 .56 .3 .56 L0 .56',
  T: 'M0 0 L.74 0 M.37 0 L.37 1',
  X: 'M0 0 L.66 1 M.66 0 L0 1',
  '3': 'M.06 .12 C.3 -.1 .66 0 .62 .28 C.58 .46 .36 .47 .24 .47 C.5 .47 .68 .56 .66 .74 C.62 1.08 .18 1.06 0 .86',
  '4': 'M.14 0 L0 .64 L.74 .64 M.56 .26 L.5 1',
  '6': 'M.5 0 C.1 .1 -.06 .4 .02 .72 C.08 1.1 .64 1.1 .62 .7 C.6 .4 .08 .38 .02 .72',
  '7': 'M0 0 L.64 0 L.24 1 M.2 .5 L.62 .5',
  '9': 'M.6 .3 C.6 -.1 0 -.1 0 .3 C0 .66 .6 .66 .6 .3 C.62 .7 .5 .95 .2 1',
};

const PIECES = 8;
const letters = new Map(Object.entries(SKELETONS).map(([letter, path]) => [letter, centred(pen(path))]));

/** @returns the strokes of a letter, 1 unit high and centred on the origin */
export function strokesOf(letter: string): readonly Stroke[] {
  const strokes = letters.get(letter);
  if (!strokes) throw new Error(`No strokes for ${JSON.stringify(letter)}`);
  return strokes;
}

/** The curve that starts at `from` and is drawn by two control points and an end, or straight to an end. */
export function bezier(from: Point, rest: readonly Point[], pieces = PIECES): Stroke {
  const [c1, c2, to] = rest.length === 3 ? rest : [from, rest[0], rest[0]];
  return Array.from({ length: pieces }, (_, index) => {
    const t = (index + 1) / pieces;
    const s = 1 - t;
    const at = (axis: 0 | 1) =>
      s * s * s * from[axis] + 3 * s * s * t * c1[axis] + 3 * s * t * t * c2[axis] + t * t * t * to[axis];
    return [at(0), at(1)];
  });
}

function pen(path: string): Stroke[] {
  const strokes: Point[][] = [];
  for (const [, command, numbers] of path.matchAll(/([MLC])([^MLC]+)/g)) {
    const points = pairs(numbers.trim().split(/\s+/).map(Number));
    const stroke = strokes.at(-1);
    if (command === 'M' || !stroke) strokes.push(points);
    else stroke.push(...bezier(stroke[stroke.length - 1], points));
  }
  return strokes;
}

function pairs(numbers: readonly number[]): Point[] {
  return Array.from({ length: numbers.length / 2 }, (_, index) => [
    numbers[2 * index],
    numbers[2 * index + 1],
  ]);
}

function centred(strokes: readonly Stroke[]): readonly Stroke[] {
  const middle = Math.max(...strokes.flat().map(([x]) => x)) / 2;
  return strokes.map((stroke) => stroke.map(([x, y]) => [x - middle, y - 0.5] as const));
}
