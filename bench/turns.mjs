/** @returns the names in the order of this turn: who was first is last in the next one */
export function inTurn(turn, names) {
  return turn % 2 ? [...names].reverse() : names;
}

/**
 * Does the same on each side, again and again, so that whatever goes on in the machine meets them all alike.
 * @param work called with a name and the number of the turn
 * @returns for each name what its calls returned
 */
export async function takeTurns(turns, names, work) {
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let turn = 0; turn < turns; turn += 1) {
    for (const name of inTurn(turn, names)) results[name].push(await work(name, turn));
  }
  return results;
}

export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
