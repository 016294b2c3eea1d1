/** Which line is being said. Pure. */

/**
 * @param {readonly {from: number, to: number}[]} lines in order of `from`
 * @param {number} at seconds
 * @returns {number} index of the line under way, the last one begun in a pause, -1 before the first
 */
export function currentLine(lines, at) {
  let found = -1;
  for (let index = 0; index < lines.length && lines[index].from <= at + 0.05; index += 1) found = index;
  return found;
}
