/** How many different times those are told who are refused together. */
const SPREAD = 3;
let turn = 0;

/**
 * After how many seconds somebody who is refused may come back: `seconds`, or one or two more, in turn. A crowd that was
 * refused in the same moment would else come back in the same moment.
 */
export const comeBackIn = (seconds: number): number => seconds + (turn++ % SPREAD);
