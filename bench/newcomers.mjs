import { randomInt } from 'node:crypto';

/** What stands for mobile numbers in use: 13x to 19x without the ranges that the numbering plan leaves out. */
const UNUSED = new Set(
  '140 141 142 143 144 146 148 149 154 160 161 163 164 168 169 174 179 194'.split(' ').map(Number),
);
const PREFIXES = Array.from({ length: 70 }, (_, index) => 130 + index).filter((each) => !UNUSED.has(each));
const NUMBERS = PREFIXES.length * 1e8;
/** Shares no factor with NUMBERS, so that nothing repeats before all were taken; far from the last one each time. */
const STRIDE = 1_618_033_987;

let position = randomInt(NUMBERS);
let address = randomInt(2 ** 24);

/** A number that this process did not make before. Never dialled: nothing is sent. */
export function newPhone() {
  position = (position + STRIDE) % NUMBERS;
  return `+86${PREFIXES[Math.floor(position / 1e8)]}${String(position % 1e8).padStart(8, '0')}`;
}

export function newPhones(count) {
  return Array.from({ length: count }, newPhone);
}

export function newAddress() {
  address = (address + 1) % 2 ** 24;
  return `10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`;
}
