import { Resvg } from '@resvg/resvg-js';
import { bezier, strokesOf, type Point, type Stroke } from './captcha-strokes';

/** A number from 0 up to, not including, 1. */
export type RandomSource = () => number;

type Between = (low: number, high: number) => number;
type Bend = (point: Point) => Point;

const WIDTH = 160;
const HEIGHT = 60;
// No text is drawn, so no font is looked for: that would take longer than all the rest.
const RENDERING = { font: { loadSystemFonts: false } };

/**
 * Draws a text so that a person reads it and a text recogniser doesn't: letters that are turned, sheared, overlapping
 * and bent as a whole, crossed by curves of their own colour and width, which no threshold can take away.
 * @param text of letters that `strokesOf` knows
 * @param random decides on every detail
 * @returns a PNG of 160 x 60
 */
export function renderCaptcha(text: string, random: RandomSource): Buffer {
  return new Resvg(drawCaptcha(text, random), RENDERING).render().asPng();
}

function drawCaptcha(text: string, random: RandomSource): string {
  const between: Between = (low, high) => low + random() * (high - low);
  const hue = between(0, 360);
  const ink = hsl(hue, between(40, 80), between(22, 32));
  const bend = createBend(between);
  const clutter = Array.from({ length: 12 }, () =>
    line([wanderingCurve(between)], hsl(hue + between(-90, 90), 45, between(70, 86)), between(1, 4)),
  );
  const letters = placeLetters(text, between).map((strokes) =>
    line(
      strokes.map((stroke) => stroke.map(bend)),
      ink,
      between(3.2, 3.9),
    ),
  );
  const crossings = [line([crossingCurve(between)], ink, between(2.5, 3))];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">` +
    `<rect width="100%" height="100%" fill="${hsl(hue + 180, 30, 94)}"/>` +
    '<g fill="none" stroke-linecap="round" stroke-linejoin="round">' +
    [...clutter, ...letters, ...crossings].join('') +
    '</g></svg>'
  );
}

/** Side by side with some overlap; each letter has its own size, slant, turn and height above the ground. */
function placeLetters(text: string, between: Between): Stroke[][] {
  const letters = [...text].map((letter) => drawLetter(strokesOf(letter), between));
  const widths = letters.map((strokes) => Math.max(...strokes.flat().map(([x]) => x)) * 2);
  // What is left over (or lacking) is shared by the gaps; below zero the letters overlap.
  const gap = Math.min(3, (WIDTH - 18 - sum(widths)) / (letters.length - 1 || 1));
  let left = (WIDTH - sum(widths) - gap * (letters.length - 1)) / 2;
  return letters.map((strokes, index) => {
    const centre = left + widths[index] / 2;
    left += widths[index] + gap + between(-1.5, 1.5);
    const ground = HEIGHT / 2 + between(-5, 5);
    return strokes.map((stroke) => stroke.map(([x, y]) => [x + centre, y + ground] as const));
  });
}

function drawLetter(strokes: readonly Stroke[], between: Between): Stroke[] {
  const height = between(29, 35);
  const width = height * between(0.85, 1.15);
  const shear = between(-0.2, 0.2);
  const turn = between(-0.3, 0.3);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return strokes.map((stroke) =>
    stroke.map(([x, y]) => {
      const [u, v] = [x * width + y * height * shear, y * height];
      return [u * cos - v * sin, u * sin + v * cos] as const;
    }),
  );
}

/** Two crossed waves for the whole picture, longer than a letter, so that each letter is bent in its own way. */
function createBend(between: Between): Bend {
  const [across, along] = [between(1.5, 3), between(2, 3.5)];
  const [p, q] = [between(0, 2 * Math.PI), between(0, 2 * Math.PI)];
  const [f, g] = [(2 * Math.PI) / between(30, 50), (2 * Math.PI) / between(45, 80)];
  return ([x, y]) => [x + across * Math.sin(y * f + p), y + along * Math.sin(x * g + q)];
}

/** A wave right across, whose slope is seldom that of a letter's stroke: an eye can follow it, a threshold can't. */
function crossingCurve(between: Between): Stroke {
  const [middle, height, length, phase] = [
    between(25, 35),
    between(7, 12),
    between(75, 115),
    between(0, 2 * Math.PI),
  ];
  const [from, to] = [between(2, 10), between(150, 158)];
  return Array.from({ length: 40 }, (_, index) => {
    const x = from + ((to - from) * index) / 39;
    return [x, middle + height * Math.sin((2 * Math.PI * x) / length + phase)] as const;
  });
}

function wanderingCurve(between: Between): Stroke {
  const anywhere = (): Point => [between(0, WIDTH), between(0, HEIGHT)];
  const start = anywhere();
  return [start, ...bezier(start, [anywhere(), anywhere(), anywhere()], 16)];
}

function line(strokes: readonly Stroke[], colour: string, width: number): string {
  const d = strokes.map(
    (stroke) => `M${stroke.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`,
  );
  return `<path d="${d.join('')}" stroke="${colour}" stroke-width="${width.toFixed(1)}"/>`;
}

function hsl(hue: number, saturation: number, lightness: number): string {
  return `hsl(${((hue + 360) % 360).toFixed()},${saturation.toFixed()}%,${lightness.toFixed()}%)`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
